"""A photo's facts -> the window that the cover shows; that window -> the picture in it."""
