"""A photo and a brief -> a cover: framing crops, layout places type, ink colours, print makes PDFs.

In order of creation: a Brief is the order; a Galley is its type, set but not yet placed; a Dummy is
the page, with a window of the photo and a Slot for each piece of type; a Layout is a Dummy and its
cost; a CoverPlan is the chosen Layout, seeds and settings; a Composition is the finished pixels.
"""
