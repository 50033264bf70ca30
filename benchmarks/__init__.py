"""How fast is it?  Contenders in processes of their own, measured turn by turn; see README.md.

The benchmarks are part of the source, not of the installed package.
"""
