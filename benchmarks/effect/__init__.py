"""Measures whether fresh wordings help a small vision-language model, and how much more data they are worth."""
