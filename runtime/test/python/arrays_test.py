# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes into attn_rt.py and comes out: element types, strides, empty tensors, DLPack both ways, bf16, results in place."""

import ctypes

import numpy as np

import attn_rt
import support
try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None
from attn_rt import Status
from support import DTYPES, Test, noise, torch

SHAPES = [(3, 5), (1, 1), (0, 4), (7, 0), (64, 33)]


class Exporter:
    """Speaks DLPack and nothing else."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def views(array):
    """The same elements and other ones, lying in memory in every way that numpy has."""
    yield array
    yield np.asfortranarray(array)
    yield array[::-1, ::-1]
    yield array[::2, ::-2]
    yield np.broadcast_to(array[:1], array.shape) if array.size else array
    yield array[:, None, :][:, 0]
    record = np.zeros(array.shape, [("pad", "u1"), ("x", array.dtype)])  # neither aligned nor a whole number of elements apart
    record["x"] = array
    yield record["x"]
    readonly = array.copy()
    readonly.flags.writeable = False
    yield readonly


class Copies(Test):
    @classmethod
    def setUpClass(cls):
        cls.module = attn_rt.load(support.path("dtypes"))


class Arrays(Copies):
    def test_every_type_and_layout(self):
        for name in DTYPES:
            for shape in SHAPES:
                for view in views(noise(name, shape)):
                    self.same(self.module[name](view), view)
                    self.same(self.module[name](x=view), view)

    def test_one_function_sees_other_layouts_in_turn(self):
        array = noise("f32", (6, 6))
        for _ in range(3):
            for view in (array, array.T, array.T, array[::-1], array, array[:3].copy(), array[:, ::2]):
                self.same(self.module["f32"](view), view)

    def test_lists_and_numbers_are_read_as_numpy_reads_them(self):
        self.same(self.module["i64"]([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]]))
        self.same(self.module["f64"]([[0.5]]), np.array([[0.5]]))
        self.same(self.module["i64"](np.full((2, 2), 7, np.longlong)), np.full((2, 2), 7, np.int64))
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have element type f32, but got f64", self.module["f32"], [[0.5]])
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have rank 2, but got 0", self.module["f64"], 1.5)

    def test_every_wrong_type_is_refused(self):
        for name in DTYPES:
            for other in set(DTYPES) - {name}:
                self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have element type %s, but got %s" % (name, other),
                             self.module[name], noise(other, (2, 2)))

    def test_types_that_the_runtime_lacks_are_refused(self):
        for array, name in ((np.zeros((1, 1), ">f4"), ">f4"), (np.zeros((1, 1), "c8"), "complex64"), (np.array([["a"]]), "<U1"),
                            (np.array([[None]]), "object")):
            self.refused(Status.INVALID_ARGUMENT, "expects 'x' to have element type f32, but got " + name, self.module["f32"], array)

    def test_results_can_be_written_to_and_shared(self):
        result = self.module["f32"](noise("f32", (3, 5)))
        other = np.from_dlpack(result)
        result[:] = 4
        self.same(other, np.full((3, 5), 4, np.float32))
        self.assertEqual(result.ctypes.data % 64, 0)

    def test_out(self):
        x, out = noise("f32", (3, 5)), np.zeros((3, 5), np.float32)
        for form in (out, [out], {"y": out}):
            out[:] = 0
            self.assertIs(self.module["f32"].using(out=form)(x), out)
            self.same(out, x)
        bits = attn_rt.BFloat16(np.zeros((1, 2), np.uint16))
        self.assertIs(self.module["bf16"].using(out=bits)(attn_rt.BFloat16.round([[1, 2]])), bits)
        self.same(bits.float32(), np.array([[1, 2]], np.float32))

    def test_out_that_cannot_be_written(self):
        f32, x = self.module["f32"], noise("f32", (3, 5))
        bad = Status.INVALID_ARGUMENT
        self.refused(bad, "expects result 'y' dimension 1 to be 5, but got 4", f32.using(out=np.zeros((3, 4), "f4")), x)
        self.refused(bad, "expects result 'y' to have element type f32, but got f64", f32.using(out=np.zeros((3, 5))), x)
        self.refused(bad, "expects result 'y' to be dense and row-major, but got other strides", f32.using(out=np.zeros((5, 3), "f4").T), x)
        self.refused(bad, "expects result 'y' to lie apart from argument 'x', but got overlapping memory", f32.using(out=x), x)
        self.refused(bad, "expects 'out' to name results of function 'f32', but got 'z'", f32.using, out={"z": x})
        readonly = x.copy()
        readonly.flags.writeable = False
        between = np.zeros((3, 5), [("tag", "i1"), ("value", "f4")])["value"]  # strides between elements: it would be a copy
        for wrong in (readonly, [[1.0, 2.0]], between):
            self.refused(bad, "expects 'out' of result 'y' to be an array that can be written, but got another value", f32.using, out=[wrong])


class DLPack(Copies):
    def test_arguments(self):
        for name in set(DTYPES) - {"bool"}:  # numpy exports bool only since 1.25
            for shape in SHAPES:
                array = noise(name, shape)
                for view in (array, array.T, array[::-1, ::2]):
                    self.same(self.module[name](Exporter(view)), view)
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have element type f32, but got i16", self.module["f32"],
                     Exporter(noise("i16", (1, 1))))

    def test_other_devices_are_refused(self):
        class OnGpu(Exporter):
            def __dlpack__(self, **options):
                capsule = super().__dlpack__(**options)
                pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
                device = (ctypes.c_int32 * 2).from_address(pointer(capsule, b"dltensor") + 8)
                device[:] = 2, 1
                return capsule
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to be in the memory of the CPU, which the module runs on, but got device "
                     "cuda:1", self.module["f32"], OnGpu(noise("f32", (1, 1))))

    def test_out(self):
        x, out = noise("f32", (3, 5)), np.zeros((3, 5), np.float32)
        exporter = Exporter(out)
        self.assertIs(self.module["f32"].using(out=exporter)(x), exporter)
        self.same(out, x)


class BFloat16(Copies):
    def test_bits_travel(self):
        bits = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        for view in (bits, bits.T, bits[::-1, ::3]):
            result = self.module["bf16"](attn_rt.BFloat16(view))
            self.assertIsInstance(result, attn_rt.BFloat16)
            self.same(result.bits, view)

    def test_uint16_is_not_bf16(self):
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have element type bf16, but got u16", self.module["bf16"],
                     np.zeros((1, 1), np.uint16))
        self.refused(Status.INVALID_ARGUMENT, "expects argument 'x' to have element type f32, but got bf16", self.module["f32"],
                     attn_rt.BFloat16(np.zeros((1, 1), np.uint16)))
        self.refused(Status.INVALID_ARGUMENT, "expects the bits of bf16 to be an array of uint16, but got float32", attn_rt.BFloat16,
                     np.zeros((1, 1), np.float32))

    def test_widening_and_rounding(self):
        bits = np.arange(65536, dtype=np.uint16)
        value = attn_rt.BFloat16(bits).float32()
        ordered = ~np.isnan(value)
        self.same(attn_rt.BFloat16.round(value).bits[ordered], bits[ordered])
        self.assertTrue(np.isnan(attn_rt.BFloat16.round(value).float32()[~ordered]).all())
        # Between a finite value and the next of larger size: the nearer one, and at the middle the even one.
        low = bits[(bits & 0x7fff) < 0x7f7f]
        for low16, wanted in ((0x7fff, low), (0x8001, low + 1), (0x8000, low + (low & 1))):
            between = (low.astype(np.uint32) << 16 | low16).view(np.float32)
            self.same(attn_rt.BFloat16.round(between).bits, wanted.astype(np.uint16))

    if ml_dtypes:
        def test_ml_dtypes(self):
            array = np.array([[1.5, -2], [0, 3e38]], ml_dtypes.bfloat16)
            for view in (array, array.T, array[::-1]):
                self.same(self.module["bf16"](view).bits.view(ml_dtypes.bfloat16), view)


if torch:
    TORCH = {name: getattr(torch, name) for name in ("bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64"
                                                     " bfloat16").split()}

    class Torch(Copies):
        def same_tensor(self, actual, expected):
            self.assertEqual((actual.dtype, actual.shape), (expected.dtype, expected.shape))
            self.assertTrue(torch.equal(actual, expected))
            support.compared += actual.numel()

        def test_every_type_both_ways(self):
            for name, dtype in zip([*DTYPES, "bf16"], TORCH.values()):
                for shape in SHAPES:
                    tensor = torch.randint(0, 2, shape).to(dtype)
                    for view in (tensor, tensor.T, tensor[:, ::2]):
                        self.same_tensor(torch.from_dlpack(self.module[name](view)), view)

        def test_memory_is_shared(self):
            for name, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16)):
                result = self.module[name](torch.ones(2, 3, dtype=dtype))
                tensor = torch.from_dlpack(result)
                memory = result.bits if name == "bf16" else result
                self.assertEqual(tensor.data_ptr(), memory.ctypes.data)
                del result, memory
                self.same_tensor(tensor, torch.ones(2, 3, dtype=dtype))

        def test_tensors_as_out(self):
            out = torch.zeros(2, 3)
            self.module["f32"].using(out=out)(torch.ones(2, 3))
            self.same_tensor(out, torch.ones(2, 3))

        def test_gradients_are_refused(self):
            with self.assertRaisesRegex(BufferError, "grad"):
                self.module["f32"](torch.ones(2, 3, requires_grad=True))

        def test_bf16_agrees_with_torch(self):
            tensor = torch.randn(64, 64).to(torch.bfloat16)
            self.same(self.module["bf16"](tensor).float32(), tensor.float().numpy())
            x = torch.randn(4096) * 10.0 ** torch.randint(-30, 30, (4096,))
            self.same(attn_rt.BFloat16.round(x.numpy()).bits, x.to(torch.bfloat16).view(torch.uint16).numpy())


if __name__ == "__main__":
    support.main()
