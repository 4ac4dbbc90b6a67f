"""A photo and a dummy -> a cover: framing shows, layout places, ink prints, print makes PDFs."""
