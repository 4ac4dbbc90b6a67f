"""A photo and a dummy -> a cover: framing shows, layout places, ink prints, print makes PDFs.

In the order of making: a Brief is what is asked for; a Galley its type, set but not placed; a Dummy
the page with a window of the photo and a Slot for each piece; a Layout a Dummy and what it costs; a
CoverPlan the Layout that was chosen, with seeds and settings; a Composition the finished pixels.
"""
