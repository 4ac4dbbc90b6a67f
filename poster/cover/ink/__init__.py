"""A painted picture and placed type -> legible colours and the finished cover."""
