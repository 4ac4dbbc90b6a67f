"""A painted picture and placed type -> colours that read, and the finished cover."""
