"""The question bar: a measure by a dimension under filters, read from the sums of facts of the reader's perimeter."""
