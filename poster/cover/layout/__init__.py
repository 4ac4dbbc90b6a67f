"""A style, the words and a picture's facts -> where each piece of type goes."""
