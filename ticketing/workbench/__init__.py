"""What the people of a side keep for their daily work: views of lists, answers to use again."""
