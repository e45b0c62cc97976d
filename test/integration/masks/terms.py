# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Masks as trees: what each term is called in the IR, the run-time symbols it binds, and what it means to numpy.

Meanings are written down here a second time, from the descriptions in AttnMasks.td and not from the code, and are evaluated on whole arrays of positions.
Symbols are compared and never added to, as they may be any number of 64 bits.
"""

import dataclasses

import numpy as np

DTYPES = {"i1": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}


def extents(sizes):
    """How many values each index takes."""
    return {"b": sizes["B"], "h": sizes["Hq"], "i": sizes["M"], "j": sizes["N"]}


@dataclasses.dataclass(frozen=True)
class Index:
    """One index of a binding: `least` and `greatest` of the sizes bound what it takes."""

    text: str
    value: object  # of b, h, i, j
    size: object  # of the extents: one more than the greatest value


def plain(axis):
    at = "bhij".index(axis)
    return Index(axis, lambda *p: p[at], lambda n: n[axis])


def quotient(axis, divisor):
    at = "bhij".index(axis)
    return Index(f"{axis} floordiv {divisor}", lambda *p: p[at] // divisor, lambda n: -(-n[axis] // divisor))


def remainder(axis, divisor):
    at = "bhij".index(axis)
    return Index(f"{axis} mod {divisor}", lambda *p: p[at] % divisor, lambda n: divisor)


def shifted(axis, by):
    at = "bhij".index(axis)
    return Index(f"{axis} + {by}", lambda *p: p[at] + by, lambda n: n[axis] + by)


def of_remainder(axis, period, divisor):
    """An index that comes back: what lies between two positions that read one element may read another."""
    at = "bhij".index(axis)
    return Index(f"({axis} mod {period}) floordiv {divisor}", lambda *p: p[at] % period // divisor, lambda n: -(-period // divisor))


def of_distance(divisor):
    """An index that rises with the key and falls with the query."""
    return Index(f"(j - i + 1000) floordiv {divisor}", lambda b, h, i, j: (j - i + 1000) // divisor, lambda n: -(-3600 // divisor))


def distance():
    """Keys relative to the query; no query of these tests is 1024 or more, no key 2560."""
    return Index("-i + j + 1024", lambda b, h, i, j: j - i + 1024, lambda n: 3584)


def fixed(value):
    return Index(str(value), lambda *p: np.full((1, 1, 1, 1), value), lambda n: value + 1)


@dataclasses.dataclass
class Symbol:
    """A tensor that a mask reads, and how its values are drawn."""

    element: str
    indices: tuple
    kind: str  # "bound": a number of keys; "bits": zero or not
    name: str = ""

    def shared(self):
        """What symbols have in common that are bound to one tensor, or None."""
        return None

    def type(self):
        return f"tensor<{'?x' * len(self.indices)}{self.element}>"

    def binding(self):
        return f"%{self.name}[{', '.join(index.text for index in self.indices)}] : {self.type()}"

    def draw(self, sizes, rng):
        shape = tuple(index.size(extents(sizes)) for index in self.indices)
        # Now and then one element more than anything reads.
        shape = tuple(size + int(rng.integers(0, 8) == 0) for size in shape)
        return (draw_bounds if self.kind == "bound" else draw_bits)(DTYPES[self.element], shape, sizes, rng)

    def read(self, values, at):
        return values[self.name][tuple(index.value(*at) for index in self.indices)]


def draw_bounds(dtype, shape, sizes, rng):
    """Mostly what lengths are, and with it what they may be: none, negative, beyond all keys, and the ends of the type."""
    if dtype is np.bool_:
        return rng.random(shape) < 0.5
    info = np.iinfo(dtype)
    odd = [0, -1, 1, sizes["N"], sizes["N"] + 1, 1 << 40, -(1 << 40), (1 << 40) + 1, (1 << 62), info.max, info.min, info.max - 1, info.min + 1, 1 << 32, -(1 << 32)]
    odd = np.array([value for value in odd if info.min <= value <= info.max], np.int64)
    usual = rng.integers(0, sizes["N"] + 2, shape)
    share = rng.choice([0.0, 0.0, 0.2, 1.0])
    values = np.where(rng.random(shape) < share, rng.choice(odd, shape), usual)
    if rng.random() < 0.1:
        values = np.full(shape, rng.choice(odd))
    return np.clip(values, info.min, info.max).astype(dtype)


def draw_bits(dtype, shape, sizes, rng):
    """Any number but zero means visible, also one whose low half is zero."""
    bits = rng.random(shape) < rng.choice([0.0, 0.05, 0.5, 0.95, 1.0])
    if dtype is np.bool_:
        return bits
    info = np.iinfo(dtype)
    among = np.array([value for value in (1, 1, -1, 2, 100, 1 << 8, 1 << 16, 1 << 32, 1 << 40, info.max, info.min) if info.min <= value <= info.max], np.int64)
    return np.where(bits, rng.choice(among, shape), 0).astype(dtype)


@dataclasses.dataclass(frozen=True)
class Mask:
    """A term or a connective. `visible` gets the sizes, the values of the symbols by name, and positions b, h, i, j."""

    kind: str
    spelling: object  # of the texts of the operands
    symbols_here: tuple
    meaning: object
    operands: tuple = ()
    parts: tuple = ()  # simpler terms to try where this one fails

    @property
    def text(self):
        return self.spelling([operand.text for operand in self.operands])

    @property
    def symbols(self):
        return [*self.symbols_here, *(symbol for operand in self.operands for symbol in operand.symbols)]

    def visible(self, sizes, values, b, h, i, j):
        return self.meaning(sizes, values, (b, h, i, j), [operand.visible(sizes, values, b, h, i, j) for operand in self.operands])

    def inside(self, sizes, values, b, h, i, j):
        """Keys of which values count, [batch, head, key]: all of them, as what a hull leaves out is attention/sweep.py's."""
        return np.ones((b.size, h.size, j.size), bool)

    def refuses(self, sizes, values, b, h, i, j):
        """Whether a run must fail for what the symbols hold."""
        return any(operand.refuses(sizes, values, b, h, i, j) for operand in self.operands)

    def kinds(self):
        return {self.kind}.union(*(operand.kinds() for operand in self.operands))

    def depth(self):
        return 1 + max((operand.depth() for operand in self.operands), default=0)

    def named(self):
        """The same with symbols of its own, numbered in order."""
        return self._with_names({})

    def _with_names(self, names):
        symbols = tuple(dataclasses.replace(symbol, name=names.setdefault(symbol.shared() or len(names), f"m{len(names)}")) for symbol in self.symbols_here)
        return dataclasses.replace(self, symbols_here=symbols, operands=tuple(operand._with_names(names) for operand in self.operands))

    def simpler(self):
        """Masks with less in them, the smallest first."""
        yield from self.operands
        yield from self.parts
        if len(self.operands) > 1:
            for gone in range(len(self.operands)):
                yield dataclasses.replace(self, operands=self.operands[:gone] + self.operands[gone + 1 :])
        for at, operand in enumerate(self.operands):
            for less in operand.simpler():
                yield dataclasses.replace(self, operands=self.operands[:at] + (less,) + self.operands[at + 1 :])


def term(kind, text, meaning, symbols=(), parts=()):
    """`meaning` gets sizes, the values that the symbols have at each position, and positions b, h, i, j."""

    def visible(sizes, values, at, operands):
        return meaning(sizes, *at)

    return Mask(kind, lambda operands: text, tuple(symbols), visible, (), tuple(parts))


class Bound(Mask):
    """A term of one or more symbols: `meaning` gets positions and the symbols' values there."""

    def visible(self, sizes, values, b, h, i, j):
        return self.meaning((b, h, i, j), *(symbol.read(values, (b, h, i, j)) for symbol in self.symbols_here))


def bound(kind, text, meaning, symbols):
    return Bound(kind, lambda operands: text, tuple(symbols), meaning)


# -- Terms -----------------------------------------------------------------------------------------------------------------------------


def causal(offset):
    text = "#attn.causal" if offset == 0 else f"#attn.causal<{offset}>"
    return term("causal", text, lambda n, b, h, i, j: j <= i + offset, parts=[causal(0)] if offset else [])


def bottom_right():
    return term("bottom_right", "#attn.causal<bottom_right>", lambda n, b, h, i, j: j <= i + n["N"] - n["M"])


def window(left, right):
    return term("window", f"#attn.window<{left}, {right}>", lambda n, b, h, i, j: (i - left <= j) & (j <= i + right))


def prefix(size):
    return term("prefix", f"#attn.prefix<{size}>", lambda n, b, h, i, j: j < size)


def prefix_symbol(symbol):
    return bound("prefix_symbol", "#attn.prefix", lambda at, value: at[3] < value, [symbol])


def length(symbol):
    return bound("length", "#attn.length", lambda at, value: at[3] < value, [symbol])


def dense(symbol):
    return bound("dense", "#attn.dense", lambda at, value: value != 0, [symbol])


def constraints_text(constraints):
    return ", ".join(f"{affine_text(expr)} {how} 0" for expr, how in constraints)


def constraints_hold(constraints, names):
    compare = {"ge": np.greater_equal, "le": np.less_equal, "eq": np.equal}
    return np.logical_and.reduce(np.broadcast_arrays(*(compare[how](affine_value(expr, names), 0) for expr, how in constraints)))


def integer_set(constraints):
    """`constraints` are pairs of an affine expression and "ge", "le" or "eq"; the right side is 0."""

    def visible(n, b, h, i, j):
        return constraints_hold(constraints, {"b": b, "h": h, "i": i, "j": j, "queries": n["M"], "keys": n["N"]})

    single = [integer_set([one]) for one in constraints] if len(constraints) > 1 else []
    return term("set", f"#attn.set<{constraints_text(constraints)}>", visible, parts=single)


# -- Affine expressions: a name, a number, or a tuple of an operator and its operands ------------------------------------------------------


def affine_text(expr):
    if not isinstance(expr, tuple):
        return str(expr)
    operator, lhs, rhs = expr
    return f"({affine_text(lhs)} {operator} {affine_text(rhs)})"


def affine_value(expr, names):
    if not isinstance(expr, tuple):
        return names[expr] if isinstance(expr, str) else expr
    operator, lhs, rhs = expr[0], affine_value(expr[1], names), affine_value(expr[2], names)
    if operator in ("+", "-", "*"):
        return {"+": np.add, "-": np.subtract, "*": np.multiply}[operator](lhs, rhs)
    # Python rounds towards minus infinity, as affine expressions do.
    return {"floordiv": lambda: lhs // rhs, "ceildiv": lambda: -(-lhs // rhs), "mod": lambda: lhs % rhs}[operator]()


# -- Connectives -----------------------------------------------------------------------------------------------------------------------


def _connective(kind, operands, combine):
    def visible(sizes, values, at, seen):
        return combine(seen)

    return Mask(kind, lambda texts: f"#attn.{kind}<{', '.join(texts)}>", (), visible, tuple(operands))


def both(operands):
    return _connective("and", operands, lambda seen: np.logical_and.reduce(np.broadcast_arrays(*seen)))


def either(operands):
    return _connective("or", operands, lambda seen: np.logical_or.reduce(np.broadcast_arrays(*seen)))


def negation(operand):
    return _connective("not", [operand], lambda seen: ~seen[0])
