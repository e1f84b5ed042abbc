"""How well an agency works, by the yardsticks of the law and by its own: indices, groups of points, objectives. Pure.

`indices` (TT 01/2018, R96-R97) and `groups` (QĐ 766, R98) are data; what is computed from them stands beside them.
"""
