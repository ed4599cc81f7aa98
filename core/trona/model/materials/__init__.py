"""Materials: files of properties, their library, ranges in which they hold, and the numbers a model takes from them."""
