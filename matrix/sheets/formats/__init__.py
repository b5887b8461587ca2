"""The three formats of spreadsheets, read and written: CSV, ODS and XLSX.

A reader gives `Grid`s of what a file holds (`matrix.sheets.model`); a writer takes the cells of `matrix.sheets.export`.
"""
