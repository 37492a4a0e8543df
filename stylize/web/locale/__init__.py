"""The languages of the page: one JSON file each (`en.json`, `zh-CN.json`), and what reads them.

A catalogue holds `ranges` (the language ranges that it serves, `*` standing for any subtags), `messages` (every text of
the page; names in braces are filled in), `errors` (a sentence for each kind of error; English tells the error's own
sentence and has none) and `styles` (titles, artists and years of the shipped paintings). To add a language, add a file.
"""
