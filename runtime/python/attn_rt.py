# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs modules made by attn-compile: one file over libattn_rt.so, with ctypes and numpy.

    import attn_rt
    model = attn_rt.load("attention.so")       # where there is a compiler also attn_rt.compile("attention.mlir")
    print(model)                               # attention(q: f32[1, 8, seq, 64], ...) -> (o: f32[1, 8, seq, 64])
    o = model(q, k=k, v=v)                     # arguments in order or by name

Arguments are numpy arrays of any strides, whatever speaks DLPack (torch, JAX, ...), numbers and lists (as numpy reads them). Nothing is
converted: a wrong type, shape or value is an `Error` with the runtime's sentence and a `.status`. Results are numpy arrays over memory of
their own, which outlives the module; torch.from_dlpack(o) is a tensor of the same memory. numpy has no bf16: such results are `BFloat16`,
and such arguments are that, tensors of torch, or arrays of ml_dtypes.

Threads. Everything here may be used by many threads at once, and dropped in any order. A run releases the interpreter's lock; what it
computes does not depend on its number of threads. Ctrl-C, and every signal handler that raises, ends a run of the main thread.
"""
import collections
import collections.abc
import copy
import ctypes as c
import ctypes.util
import enum
import os
import shutil
import struct
import subprocess
import tempfile
import threading
import weakref

import numpy as np

__all__ = ["BFloat16", "Error", "Event", "Function", "Module", "Plan", "Pool", "Session", "Status", "Value", "cmake_dir", "compile",
           "include_dir", "load", "version"]
# dims: sizes, names of symbols, None: known to plan only. role: "", "state" (updated in place) or "length" (positions that states hold)
Value = collections.namedtuple("Value", "name dtype dims range role")
Value.__str__ = lambda self: "%s: %s[%s]%s%s" % (self.name, self.dtype, ", ".join("?" if dim is None else str(dim) for dim in self.dims),
                                                 " in [%d, %d]" % self.range if self.range else "", self.role and " " + self.role)
Event = collections.namedtuple("Event", "name kind begin_ns end_ns tiles_done tiles_skipped flops bytes")
Plan = collections.namedtuple("Plan", "shapes workspace_bytes")  # shapes: of the results, by name


class Status(enum.IntEnum):
    """attn_rt_status."""
    OK, INVALID_ARGUMENT, OUT_OF_RANGE, NOT_FOUND, INCOMPATIBLE, UNSUPPORTED_CPU, OUT_OF_MEMORY, CANCELLED, IO, INTERNAL = range(10)


class Error(RuntimeError):
    """One sentence: what was expected, and what came. `status` is a Status (a number, where the library is newer)."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = Status(status) if status in list(Status) else status


def _refuse(message, *values):
    return Error(Status.INVALID_ARGUMENT, message % values)


def _integer(name, value, bits=63):
    """ctypes would cut what does not fit."""
    if not -(1 << bits) <= value < 1 << bits:
        raise _refuse("expects '%s' to fit into %d bits, but got %d", name, bits + 1, value)
    return value


# -- The C interface: attn_rt.h has the meaning of all this ----------------------------------------------------------------------------

_RANK, _BF16, _HAS_RANGE, _ROLES = 8, 0x0410, 1, {0: "", 2: "state", 4: "length"}
# Element types as in DLPack, code << 8 | bits. bf16 travels as its bits.
_DTYPES = {"bool": (0x0608, "?"), "i8": (0x0008, "i1"), "i16": (0x0010, "i2"), "i32": (0x0020, "i4"), "i64": (0x0040, "i8"),
           "u8": (0x0108, "u1"), "u16": (0x0110, "u2"), "u32": (0x0120, "u4"), "u64": (0x0140, "u8"), "f16": (0x0210, "f2"),
           "f32": (0x0220, "f4"), "f64": (0x0240, "f8"), "bf16": (_BF16, "u2")}
_NAMES = {code: name for name, (code, _) in _DTYPES.items()}
_NUMPY = {code: np.dtype(text) for code, text in _DTYPES.values()}
_TYPESTR = {code: dtype.str for code, dtype in _NUMPY.items()}
_CODES = {dtype: code for code, dtype in _NUMPY.items() if code != _BF16}
_KINDS = {"p": c.c_void_p, "t": c.c_char_p, "i": c.c_int32, "l": c.c_int64, "u": c.c_uint32, "h": c.c_uint16, "b": c.c_uint8,
          "z": c.c_size_t, "-": None}


def _struct(name, fields):
    """A struct from "kind:name ..."; one that starts with struct_size fills that in."""
    made = type(name, (c.Structure,), {"_fields_": [(field, _KINDS[kind]) for kind, field in (f.split(":") for f in fields.split())]})
    if fields.startswith("z:struct_size"):
        made.__init__ = lambda self, **values: c.Structure.__init__(self, struct_size=c.sizeof(made), **values)
    _KINDS[name], _KINDS["*" + name] = made, c.POINTER(made)
    return made


_KINDS.update({"dims": c.c_int64 * _RANK, "message": c.c_char * 512, "*t": c.POINTER(c.c_char_p), "*l": c.POINTER(c.c_int64)})
_Tensor = _struct("tensor", "p:data i:dtype i:rank dims:shape dims:strides i:device i:device_index p:release p:owner")
_Message = _struct("error", "message:text")
_struct("dim", "t:symbol l:min l:max l:multiple i:index i:reserved")
_struct("value", "t:name i:dtype i:rank *dim:dims u:flags u:reserved l:min l:max")
_FunctionInfo = _struct("function_info", "z:struct_size t:name *value:args *value:results i:arg_count i:result_count")
_ModuleInfo = _struct("module_info", "z:struct_size t:name t:producer t:target t:variant t:uuid *t:variants i:variant_count "
                      "i:function_count l:weights_bytes u:machine h:abi_major h:abi_minor")
_struct("event", "z:struct_size t:name t:kind l:begin_ns l:end_ns l:tiles_done l:tiles_skipped l:flops l:bytes")
_struct("executor", "p:context i:concurrency p:parallel_for p:begin p:end")
_SessionOptions = _struct("session_options", "z:struct_size l:batch l:capacity")
_PoolOptions = _struct("pool_options", "z:struct_size i:threads i:spin_us p:cpus i:cpu_count")
_OpenOptions = _struct("open_options", "z:struct_size p:allocator p:executor t:variant i:inspect")
_RunOptions = _struct("run_options", "z:struct_size p:executor p:workspace z:workspace_bytes p:poll p:poll_context p:trace p:trace_context "
                      "l:poll_interval_us")
_struct("dl_tensor", "p:data i:device i:device_index i:rank b:code b:bits h:lanes *l:shape *l:strides l:byte_offset")
_TraceArguments = _struct("trace_arguments", "p:context *event:event")
_TENSOR, _pack_pointer = c.sizeof(_Tensor), struct.Struct("q").pack_into
_pack_tensor = struct.Struct("qii%dq%dqiiqq" % (_RANK, _RANK)).pack_into
_FUNCTIONS = """i:version -:tensor_release(p) i:pool_create(ppp) *executor:pool_executor(p) -:pool_destroy(p)
    i:module_open(pppp) i:module_open_memory(pzppp) -:module_close(p) -:module_get_info(pp) p:module_function_at(pi)
    i:module_function(pppp) -:function_get_info(pp) i:function_plan(ppipippp) i:run(ppipipp)
    i:session_create(pppp) i:session_run(pppipipp) l:session_length(p) l:session_capacity(p) i:session_rewind(plp) i:session_fork(ppp)
    i:session_state(ptpp) -:session_destroy(p)"""


def _open_library():
    """The library, as a class of its functions with their types."""
    beside = [os.path.join(os.path.dirname(os.path.abspath(__file__)), name) for name in ("libattn_rt.so.1", "libattn_rt.so")]
    path = os.environ.get("ATTN_RT_LIBRARY") or next(filter(os.path.exists, beside), None) or ctypes.util.find_library("attn_rt")
    if not path:
        raise ImportError("expects libattn_rt.so beside attn_rt.py, among the libraries of the system or named by ATTN_RT_LIBRARY, but got "
                          "none")
    library, functions = c.CDLL(path), {}
    for kind, _, rest in (declaration.partition(":") for declaration in _FUNCTIONS.split()):
        name, _, kinds = rest.rstrip(")").partition("(")
        function = functions[name] = getattr(library, "attn_rt_" + name)
        function.restype, function.argtypes = _KINDS[kind], [_KINDS[kind] for kind in kinds]
    return type("_rt", (), {name: staticmethod(function) for name, function in functions.items()})


_rt = _open_library()
# Not an attribute of c.pythonapi, which others may declare otherwise.
_capsule_pointer = c.PYFUNCTYPE(_KINDS["*dl_tensor"], c.py_object, c.c_char_p)(("PyCapsule_GetPointer", c.pythonapi))


def _check(function, *arguments):
    message = _Message()
    status = function(*arguments, c.addressof(message))
    if status:
        raise Error(status, message.text.decode(errors="replace"))


def _create(function, *arguments):
    """What a function of the C interface makes, which its parameter before the last receives."""
    pointer = c.c_void_p()
    _check(function, *arguments, c.addressof(pointer))
    return pointer.value


def version():
    """(major, minor) of the library."""
    return divmod(_rt.version(), 1 << 16)


# -- Tensors: in and out ---------------------------------------------------------------------------------------------------------------


class BFloat16:
    """Elements of type bf16, as `bits` of uint16. BFloat16(array of uint16) says that its elements are such bits; `float32()` widens them,
    which is exact; `BFloat16.round(array of float32)` rounds to nearest even. torch.from_dlpack takes one; so does
    `bits.view(ml_dtypes.bfloat16)`."""

    def __init__(self, bits):
        if not isinstance(bits, np.ndarray) or bits.dtype != np.uint16:
            raise _refuse("expects the bits of bf16 to be an array of uint16, but got %s", getattr(bits, "dtype", type(bits).__name__))
        self.bits, self.shape = bits, bits.shape

    @classmethod
    def round(cls, array):
        bits = np.asarray(array, np.float32, "C").view(np.uint32)
        rounded = (bits + (0x7fff + (bits >> 16 & 1))) >> 16
        return cls(np.where(np.isnan(array), bits >> 16 | 0x40, rounded).astype(np.uint16))

    def float32(self):
        return (self.bits.astype(np.uint32) << 16).view(np.float32)

    def __dlpack__(self, *, copy=None, **_):
        # numpy exports 16-bit integers; only what the elements mean is corrected.
        capsule = (self.bits.copy() if copy else self.bits).__dlpack__()
        _capsule_pointer(capsule, b"dltensor").contents.code = _BF16 >> 8
        return capsule

    def __dlpack_device__(self):
        return self.bits.__dlpack_device__()

    def __repr__(self):
        return "BFloat16(%s)" % np.array2string(self.float32(), separator=", ")


class _Owned:
    """Memory that the runtime allocated, for numpy: ends with the last array over it."""
    __slots__ = ("__array_interface__", "tensor")

    def __init__(self, tensor, strides=None):
        self.tensor = None
        self.tensor = _Tensor.from_buffer_copy(tensor)
        tensor.data = tensor.release = None
        self.__array_interface__ = {"data": (self.tensor.data or 0, False), "typestr": _TYPESTR[tensor.dtype], "version": 3,
                                    "shape": tuple(tensor.shape[:tensor.rank]), "strides": strides}

    def __del__(self, release=_rt.tensor_release):
        if self.tensor is not None:
            release(c.addressof(self.tensor))


def _take(tensor):
    array = np.asarray(_Owned(tensor))
    return BFloat16(array) if tensor.dtype == _BF16 else array


def _dense(shape):
    strides = [1]
    for size in shape[:0:-1]:
        strides.insert(0, strides[0] * size)
    return strides if shape else []


def _address(array):
    try:
        return c.addressof(c.c_char.from_buffer(array))  # three times as fast, where it can be done
    except (TypeError, ValueError, BufferError):
        return array.ctypes.data


def _describe(value, info):
    """How a value lies in memory: (address, element type, shape, strides in elements, device, its number), and what keeps it there."""
    if isinstance(value, BFloat16):
        (address, _, *rest), owner = _describe(value.bits, info)
        return (address, _BF16, *rest), owner
    if hasattr(value, "__dlpack__") and not isinstance(value, (np.ndarray, np.generic)):
        capsule = value.__dlpack__()
        t = _capsule_pointer(capsule, b"dltensor").contents
        shape = t.shape[:t.rank]
        strides = t.strides[:t.rank] if t.strides else _dense(shape)
        dtype = (t.code << 8 | t.bits) if t.lanes == 1 else 0
        return ((t.data or 0) + t.byte_offset, dtype, shape, strides, 0 if t.device == 1 else t.device, t.device_index), capsule
    array = np.asarray(value)
    dtype = _CODES.get(array.dtype) or (_BF16 if array.dtype.name == "bfloat16" else None)
    if not dtype:
        raise _refuse("expects '%s' to have element type %s, but got %s", info.name, info.dtype, array.dtype)
    if any(stride % array.itemsize for stride in array.strides):
        array = array.copy()
    if info.role == "state" and (array is not value or not array.flags.writeable):
        raise _refuse("expects '%s' to be an array that can be written, but got another value", info.name)
    return (_address(array), dtype, array.shape, [stride // array.itemsize for stride in array.strides], 0, 0), array


def _put(tensors, index, described):
    address, dtype, shape, strides, device, number = described
    more = (0,) * (_RANK - len(shape))
    _pack_tensor(tensors, index * _TENSOR, address, dtype, len(shape), *shape[:_RANK], *more, *strides[:_RANK], *more, device, number, 0, 0)


class _Frame:
    """The C structs of one call. Functions keep those of calls that have ended, so that few calls make any."""

    def __init__(self, function):
        args, results = len(function.args), len(function.results)
        self.args, self.results, self.message = (_Tensor * args)(), (_Tensor * results)(), _Message()
        self.addresses = c.addressof(self.args), c.addressof(self.results), c.addressof(self.message)
        self.keys, self.failed, self.infos = [None] * args, {}, function.args
        for index, (described, _, _) in function._out.items():
            _put(self.results, index, described)
        self.callbacks = [_PollFunction(_guarded(function._poll, self.failed))]
        if function._trace:
            self.callbacks.append(_TraceFunction(_guarded(lambda a: function._trace(_event(a)), self.failed)))
        poll, trace = [c.cast(callback, c.c_void_p) for callback in self.callbacks + [None]][:2]
        # To look for signals takes the interpreter's lock, for which other threads may let it wait milliseconds: fifty times a second do.
        interval = 0 if function._poll or function._trace else 20000
        self.polling = _RunOptions(executor=function._executor, poll=poll, trace=trace, poll_interval_us=interval)
        self.quiet = _RunOptions(executor=function._executor)

    def fill(self, values):
        """Describes the arguments; returns what must live until the call has ended."""
        owners, keys = [], self.keys
        for index, value in enumerate(values if len(values) == len(keys) else ()):  # a wrong number is refused by the runtime
            key = (value.shape, value.strides, value.dtype) if type(value) is np.ndarray else None
            if key and key == keys[index]:
                _pack_pointer(self.args, index * _TENSOR, _address(value))
                continue
            described, owner = _describe(value, self.infos[index])
            _put(self.args, index, described)
            keys[index] = key if owner is value and not self.infos[index].role else None
            owners.append(owner)
        return owners

    def __del__(self, release=_rt.tensor_release):
        for index in range(len(self.results)):  # of a call that an exception has ended
            release(self.addresses[1] + index * _TENSOR)


# -- Callbacks -------------------------------------------------------------------------------------------------------------------------

# A C callback is called with what a generator's `send` takes, one value. Two pointers in a struct travel as two pointers do, in the calling
# conventions of x86-64 and of aarch64.
_PollFunction = c.CFUNCTYPE(c.c_int, c.c_void_p)
_TraceFunction = c.CFUNCTYPE(None, _TraceArguments)


def _guarded(call, failed):
    """A C callback's body, which stores what `call` raises and from then on answers 1. A signal handler may raise at the first instruction
    of every Python function, before any `try` in it; a generator resumes inside of its `try`."""
    def body():
        answer = 0
        try:
            while True:
                sent = yield answer
                answer = 1 if failed or (call and call(sent)) else 0
        except GeneratorExit:
            return
        except BaseException as error:  # also KeyboardInterrupt: __call__ raises it
            failed["error"] = error
        while True:
            yield 1
    generator = body()
    next(generator)
    return generator.send


def _event(arguments):
    event = arguments.event.contents
    return Event(event.name.decode(), event.kind.decode(), *(getattr(event, field) for field in Event._fields[2:]))


# -- Functions, modules, pools ---------------------------------------------------------------------------------------------------------


def _values(infos, count):
    for info in infos[:count]:
        dims = tuple(d.symbol.decode() if d.symbol else None if d.index == -2 else d.min for d in info.dims[:info.rank])
        yield Value(info.name.decode(), _NAMES[info.dtype], dims, (info.min, info.max) if info.flags & _HAS_RANGE else None,
                    _ROLES.get(info.flags & ~_HAS_RANGE, ""))


class Function:
    """A function of a module: call it with arguments in order or by name. One result is an array, several are a named tuple.

    `name`, `args`, `results` (of Value) and `symbols` (name -> least size, most, multiple of) are its signature."""

    def __init__(self, handle, pointer, session=None):
        info = _FunctionInfo()
        _rt.function_get_info(pointer, c.addressof(info))
        self._handle, self._pointer, self._session, self.name = handle, pointer, session, info.name.decode()
        self.args = tuple(value for value in _values(info.args, info.arg_count) if not (session and value.role))
        self.results = tuple(_values(info.results, info.result_count))
        self.symbols = {d.symbol.decode(): (d.min, d.max, d.multiple) for value in info.args[:info.arg_count]
                        for d in value.dims[:value.rank] if d.symbol}
        self._tuple = collections.namedtuple("results", [value.name for value in self.results], rename=True)
        self._idle, self._out, self._poll, self._trace, self._pool, self._executor = [], {}, None, None, None, None

    def __repr__(self):
        return "%s(%s) -> (%s)" % (self.name, ", ".join(map(str, self.args)), ", ".join(map(str, self.results)))

    def using(self, *, poll=None, trace=None, threads=None, out=None):
        """The same function, whose calls
        poll     call poll() about once a millisecond and end with Status.CANCELLED when it is true; False: do not even look at signals,
                 for which a run of the main thread takes the interpreter's lock fifty times a second
        trace    call trace(Event) after each operation
        threads  run on so many threads or on a Pool, not on those of the module
        out      write into arrays: one, a sequence of all, or a dict of some by name"""
        made = copy.copy(self)
        made._idle, made._trace, made._poll = [], trace, (lambda _: poll()) if callable(poll) else poll
        if threads is not None:
            made._pool = _pool(threads)
            made._executor = made._pool._executor
        if out is not None:
            made._out = dict(made._place(out))
        return made

    def _place(self, out):
        names = [value.name for value in self.results]
        for name, value in (out if isinstance(out, dict) else dict(zip(names, out if isinstance(out, (list, tuple)) else [out]))).items():
            if name not in names:
                raise _refuse("expects 'out' to name results of function '%s', but got '%s'", self.name, name)
            described, owner = _describe(value, self.results[names.index(name)])
            memory = value.bits if isinstance(value, BFloat16) else value
            copied = isinstance(memory, np.ndarray) and owner is not memory  # of strides between elements
            if not hasattr(memory, "__dlpack__") or copied or isinstance(memory, np.ndarray) and not memory.flags.writeable:
                raise _refuse("expects 'out' of result '%s' to be an array that can be written, but got another value", name)
            yield names.index(name), (described, value, owner)

    def _bind(self, values, named):
        """The arguments in order."""
        if not named:
            return values
        names = [value.name for value in self.args]
        bound = dict(zip(names, values))
        for name, value in named.items():
            if name in bound or name not in names:
                raise _refuse("expects arguments of function '%s' by name to be among (%s), but got '%s'", self.name,
                              ", ".join(names[len(values):]), name)
            bound[name] = value
        missing = next((name for name in names if name not in bound), None)
        if missing is not None:
            raise _refuse("expects function '%s' to get argument '%s', but got (%s)", self.name, missing, ", ".join(bound))
        return [bound[name] for name in names]

    def _options(self, frame):
        """Only the main thread handles signals, and a poll takes the interpreter's lock: no other thread polls without need."""
        on_main = threading.get_ident() == threading.main_thread().ident
        return c.addressof(frame.polling if self._poll or self._trace or (on_main and self._poll is None) else frame.quiet)

    def _run(self, frame, count):
        args, results, message = frame.addresses
        call = (self._pointer, args, count, results, len(self.results), self._options(frame), message)
        return _rt.session_run(self._session.pointer, *call) if self._session else _rt.run(*call)

    def __call__(self, *values, **named):
        values = self._bind(values, named)
        try:
            frame = self._idle.pop()
        except IndexError:
            frame = _Frame(self)
        owners = frame.fill(values)
        before = _rt.session_length(self._session.pointer) if self._session else 0
        status = self._run(frame, len(values))
        del owners
        if frame.failed:
            if not status:
                self._undo(frame, before)
            raise frame.failed.pop("error")
        if status:
            raise Error(status, frame.message.text.decode(errors="replace"))
        out = self._out
        results = [out[i][1] if i in out else _take(tensor) for i, tensor in enumerate(frame.results)]
        self._idle.append(frame)
        return results[0] if len(results) == 1 else self._tuple(*results)

    def _undo(self, frame, before):
        """A callback raised when nothing was left to cancel: the call fails all the same. A recurrence alone cannot go back."""
        for index, tensor in enumerate(frame.results):
            if index not in self._out:
                _take(tensor)
        if self._session:
            try:
                _check(_rt.session_rewind, self._session.pointer, before)
            except Error:
                pass

    def plan(self, *values, **named):
        """The Plan of a call with such arguments: shapes of the results, and bytes of workspace. A tuple of sizes stands for an array."""
        if self._session:
            raise _refuse("expects plan to be asked of function '%s' of a module, which takes states as arguments, but got a session's", self.name)
        values, frame, size = self._bind(values, named), _Frame(self), c.c_size_t()
        if len(values) != len(self.args):
            raise _refuse("expects function '%s' to be called with %d arguments, but got %d", self.name, len(self.args), len(values))
        for index, (value, arg) in enumerate(zip(values, self.args)):
            shape = value if isinstance(value, tuple) else None
            _put(frame.args, index, _describe(value, arg)[0] if shape is None else (0, _DTYPES[arg.dtype][0], shape, _dense(shape), 0, 0))
        args, results, _ = frame.addresses
        _check(_rt.function_plan, self._pointer, args, len(values), results, len(self.results), c.addressof(frame.quiet), c.addressof(size))
        return Plan({value.name: tuple(t.shape[:t.rank]) for value, t in zip(self.results, frame.results)}, size.value)


class Pool:
    """Threads that any number of modules and functions may share; the one that calls is among them. threads=0: the CPUs that this process
    may use. An idle thread stays awake for spin_us within a run (0: 50, -1: never); thread i runs on cpus[i % len(cpus)]."""

    def __init__(self, threads=0, *, spin_us=0, cpus=()):
        numbers = (c.c_int32 * len(cpus))(*cpus)
        options = _PoolOptions(threads=_integer("threads", threads, 31), spin_us=_integer("spin_us", spin_us, 31), cpus=c.addressof(numbers) if cpus else None, cpu_count=len(cpus))
        self._pointer = _create(_rt.pool_create, c.addressof(options))
        executor = _rt.pool_executor(self._pointer)
        self._executor, self.threads = c.addressof(executor.contents), executor.contents.concurrency

    def __repr__(self):
        return "Pool(threads=%d)" % self.threads

    def __del__(self, destroy=_rt.pool_destroy):
        destroy(getattr(self, "_pointer", None))


_pools, _pools_lock = weakref.WeakValueDictionary(), threading.Lock()


def _pool(threads):
    """All who ask for the same number of threads share them."""
    if isinstance(threads, Pool):
        return threads
    with _pools_lock:
        pool = _pools.get(threads)
        if pool is None:
            pool = _pools[threads] = Pool(threads)
        return pool


class _Handle:
    """An open module and what it runs on; functions keep it, so that it may outlive its Module."""

    def __init__(self, source, threads, variant, inspect):
        self.pool = None if inspect else _pool(threads)
        options = _OpenOptions(executor=self.pool and self.pool._executor, variant=variant and variant.encode(), inspect=inspect)
        if isinstance(source, (bytes, bytearray, memoryview)):
            self.pointer = _create(_rt.module_open_memory, bytes(source), len(source), c.addressof(options))
        else:
            self.pointer = _create(_rt.module_open, os.fsencode(source), c.addressof(options))

    def __del__(self, close=_rt.module_close):
        close(getattr(self, "pointer", None))


class Module(collections.abc.Mapping):
    """An open module: a mapping from names to Functions. One of a single function can be called like that function.

    Has also `name`, `producer`, `target`, `variant` (in use), `variants`, `uuid`, `weights_bytes`, `abi_major`, `abi_minor`."""

    def __init__(self, source, threads=0, variant=None, inspect=False):
        self._handle, info = _Handle(source, threads, variant, inspect), _ModuleInfo()
        _rt.module_get_info(self._handle.pointer, c.addressof(info))
        for field in "name producer target variant uuid weights_bytes abi_major abi_minor".split():
            value = getattr(info, field)
            setattr(self, field, value.decode() if isinstance(value, bytes) else value)
        self.variants = tuple(text.decode() for text in info.variants[:info.variant_count])
        functions = (Function(self._handle, _rt.module_function_at(self._handle.pointer, i)) for i in range(info.function_count))
        self._functions = {function.name: function for function in functions}
        self._only = next(iter(self._functions.values())) if len(self._functions) == 1 else None

    def __getitem__(self, name):
        if name not in self._functions:
            _create(_rt.module_function, self._handle.pointer, str(name).encode())
        return self._functions[name]

    def __iter__(self):
        return iter(self._functions)

    def __len__(self):
        return len(self._functions)

    def __call__(self, *values, **named):
        if not self._only:
            _create(_rt.module_function, self._handle.pointer, None)
        return self._only(*values, **named)

    def using(self, **options):
        """Function.using of the only function."""
        return (self._only or self[None]).using(**options)

    def session(self, *, batch=0, capacity=0):
        """A Session of its functions with states."""
        return Session(self, batch=batch, capacity=capacity)

    def __repr__(self):
        return "\n".join(map(repr, self._functions.values()))


class _SessionHandle:
    def __init__(self, module, create, *arguments):
        self.module, self.pointer = module, _create(create, *arguments)

    def __del__(self, destroy=_rt.session_destroy):
        destroy(getattr(self, "pointer", None))


class Session:
    """What the functions of a module with states (a KV cache, a recurrence) remember from call to call: session["decode"](ids), or
    session.run("decode", ids). Arguments that are states or their length are left out; the length grows by each call's positions, and a call
    that fails, or that Ctrl-C ends, leaves all as it was. batch: rows (0: 1); capacity: positions that fit (0: as many as the module
    allows). A session serves one call at a time; a module may have any number of them."""

    def __init__(self, module, *, batch=0, capacity=0, _handle=None):
        options = _SessionOptions(batch=_integer("batch", batch), capacity=_integer("capacity", capacity))
        self._handle = _handle or _SessionHandle(module._handle, _rt.session_create, module._handle.pointer, c.addressof(options))
        self._module, self._functions = module, {}

    def __getitem__(self, name):
        if name not in self._functions:
            function = self._module[name]
            self._functions[name] = Function(function._handle, function._pointer, self._handle)
        return self._functions[name]

    def run(self, function, /, *values, **named):
        return self[function](*values, **named)

    @property
    def length(self):
        """Positions that the states hold."""
        return _rt.session_length(self._handle.pointer)

    @property
    def capacity(self):
        """Positions that fit."""
        return _rt.session_capacity(self._handle.pointer)

    def rewind(self, length):
        """Forgets the positions from `length` on."""
        _check(_rt.session_rewind, self._handle.pointer, _integer("length", length))

    def fork(self):
        """An independent session that holds the same."""
        return Session(self._module, _handle=_SessionHandle(self._handle.module, _rt.session_fork, self._handle.pointer))

    def state(self, name):
        """A copy of what a state holds; not while another thread runs the session."""
        tensor = _Tensor()
        _check(_rt.session_state, self._handle.pointer, name.encode(), c.addressof(tensor))
        item = _NUMPY[tensor.dtype].itemsize
        array = np.array(_Owned(tensor, tuple(stride * item for stride in tensor.strides[:tensor.rank])))
        return BFloat16(array) if tensor.dtype == _BF16 else array

    def __repr__(self):
        return "Session(length=%d, capacity=%d)" % (self.length, self.capacity)


def load(source, *, threads=0, variant=None, inspect=False):
    """Opens a module: a path or its bytes. It runs on so many threads (0: the CPUs that this process may use; 1: the calling one) or on a
    Pool. `variant` forces one of its variants. With inspect=True its description can be read, on any machine, and it cannot run."""
    return Module(source, threads, variant, inspect)


def compile(source, *options, **load_options):
    """Calls attn-compile with these command line options and loads what it makes. `source` is a path (MLIR, or a directory of Hugging Face)
    or MLIR text. The compiler is the one beside the package, or in PATH, or the one that ATTN_COMPILE names."""
    here = os.path.dirname(os.path.abspath(__file__))
    compiler = os.environ.get("ATTN_COMPILE") or shutil.which("attn-compile", path=os.pathsep.join([here, os.environ.get("PATH", "")]))
    if not compiler:
        raise Error(Status.NOT_FOUND, "expects attn-compile to be beside the package, in PATH or named by ATTN_COMPILE, but got none")
    text = source if isinstance(source, str) and "\n" in source else None
    with tempfile.TemporaryDirectory() as folder:
        module = os.path.join(folder, "module.so")
        result = subprocess.run([compiler, "-" if text else os.fspath(source), "-o", module, *options], input=text, text=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if result.returncode:
            raise _refuse("%s", result.stderr.strip() or "expects attn-compile to succeed, but got exit status %d" % result.returncode)
        return load(module, **load_options)


def _folder(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    if not os.path.isdir(path):
        raise Error(Status.NOT_FOUND, "expects the package to be installed from its wheel with folder '%s', but got none" % name)
    return path


def include_dir():
    """The folder of the headers: for C and C++ that embed the runtime of this package."""
    return _folder("include")


def cmake_dir():
    """For CMake: -Dattn_rt_DIR=$(python3 -c 'import attn_rt; print(attn_rt.cmake_dir())'), then find_package(attn_rt), attn::rt."""
    return _folder("cmake")
