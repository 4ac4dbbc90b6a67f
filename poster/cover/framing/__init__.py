"""A photo's facts -> the window that the cover shows; that window -> its picture."""
