"""The rules that come with dblint: a folder per family, two files per rule."""
