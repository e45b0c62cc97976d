// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arguments and results against the signature: every refusal with its text.
#include "LinkedNote.h"
#include "TestSupport.h"

using namespace attn::test;

namespace {

/// Runs embed with valid inputs that the test has changed.
class Signature : public testing::Test {
protected:
  OpenModule Module{"toy"};
  const attn_rt_function *Embed = Module.function("embed");
  EmbedInputs Inputs{2, 5};
  std::vector<attn_rt_tensor> Args = Inputs.args();
  std::vector<attn_rt_tensor> Results = std::vector<attn_rt_tensor>(2);

  std::string run() { return tryRun(Embed, Args, Results); }
  std::string refused(const std::string &sentence) { return "invalid argument|" + sentence; }
};

TEST_F(Signature, Counts) {
  Args.pop_back();
  EXPECT_EQ(run(), refused("expects function 'embed' to be called with 3 "
                           "arguments, but got 2"));
  Args = Inputs.args();
  Results.pop_back();
  EXPECT_EQ(run(), refused("expects function 'embed' to be called with 2 "
                           "results, but got 1"));
}

TEST_F(Signature, KindOfArguments) {
  Args[1].dtype = ATTN_RT_F32;
  EXPECT_EQ(run(), refused("expects argument 'ids' to have element type i64, "
                           "but got f32"));
  Args[1].dtype = 12345;
  EXPECT_EQ(run(), refused("expects argument 'ids' to have element type i64, "
                           "but got an unknown one"));
  Args = Inputs.args();
  Args[0].rank = 3;
  EXPECT_EQ(run(), refused("expects argument 'x' to have rank 2, but got 3"));
  Args[0].rank = -1;
  EXPECT_EQ(run(), refused("expects argument 'x' to have rank 2, but got -1"));
  Args = Inputs.args();
  Args[2].device = 1;
  EXPECT_EQ(run(), refused("expects argument 'bias' to be on device 0:0 (the "
                           "CPU), but got 1:0"));
}

TEST_F(Signature, Sizes) {
  Args[2].shape[0] = 4;
  EXPECT_EQ(run(), refused("expects argument 'bias' dimension 0 to be 3, but "
                           "got 4"));
  Args[2].shape[0] = -4;
  EXPECT_EQ(run(), refused("expects argument 'bias' dimension 0 to be at least "
                           "0, but got -4"));
  Args = Inputs.args();
  Args[1].shape[1] = 4;
  EXPECT_EQ(run(), refused("expects argument 'ids' dimension 1 to be 5 ('seq', as in "
                           "argument 'x' dimension 1), but got 4"));
  Args[0].shape[1] = 513;
  EXPECT_EQ(run(), refused("expects argument 'x' dimension 1 ('seq') to be in "
                           "[1, 512], but got 513"));
  Args[0].shape[1] = 0;
  EXPECT_EQ(run(), refused("expects argument 'x' dimension 1 ('seq') to be in "
                           "[1, 512], but got 0"));
  std::vector<float> odd(3);
  Results.resize(1);
  EXPECT_EQ(tryRun(Module.function("state"), {viewOf(odd, {3})}, Results),
            refused("expects argument 'x' dimension 0 ('n') to be a multiple "
                    "of 2, but got 3"));
}

TEST_F(Signature, Memory) {
  Args[0].data = nullptr;
  EXPECT_EQ(run(), refused("expects argument 'x' to have data for 10 elements, "
                           "but got NULL"));
  EmbedInputs single(1, 1);
  Args = single.args();
  Args[1].data = nullptr;
  EXPECT_EQ(run(), refused("expects argument 'ids' to have data for 1 "
                           "elements, but got NULL"));
  Args = Inputs.args();
  Args[0].strides[0] = INT64_MAX / 2;
  EXPECT_EQ(run(), refused("expects argument 'x' to have offsets below 2^63 bytes, "
                           "but got strides that overflow them"));
  Args[0].strides[0] = INT64_MIN;
  EXPECT_EQ(run(), refused("expects argument 'x' to have offsets below 2^63 bytes, "
                           "but got strides that overflow them"));
}

TEST_F(Signature, EmptyTensorsNeedNoData) {
  EmbedInputs empty(0, 5);
  Args = empty.args();
  Args[0].data = Args[1].data = nullptr;
  EXPECT_EQ(run(), "ok|");
  EXPECT_EQ(Results[0].shape[0], 0);
  EXPECT_EQ(Results[0].shape[1], 5);
  for (attn_rt_tensor &result : Results)
    attn_rt_tensor_release(&result);
}

TEST_F(Signature, ValuesOfIds) {
  Inputs.Ids[7] = 99999999;
  EXPECT_EQ(run(), "out of range|expects argument 'ids' element [1, 2] to be "
                   "in [0, 30521], but got 99999999");
  Inputs.Ids[3] = -1;
  EXPECT_EQ(run(), "out of range|expects argument 'ids' element [0, 3] to be "
                   "in [0, 30521], but got -1");
  // What a view does not show is not checked.
  EmbedInputs wide(2, 10);
  wide.Ids[6] = -5;
  Args[1] = viewOf(wide.Ids, {2, 5});
  Args[1].strides[0] = 10;
  EXPECT_EQ(run(), "ok|");
  for (attn_rt_tensor &result : Results)
    attn_rt_tensor_release(&result);
}

TEST_F(Signature, ResultsInPlace) {
  std::vector<float> y(10);
  std::vector<double> sum(2);
  Results = {viewOf(y, {2, 5}), viewOf(sum, {2})};
  EXPECT_EQ(run(), "ok|");
  EXPECT_EQ(y[9], Inputs.expected(1, 4));
  Results[0].shape[1] = 4;
  EXPECT_EQ(run(), refused("expects result 'y' dimension 1 to be 5, but got "
                           "4"));
  Results[0] = viewOf(y, {2, 5});
  Results[0].strides[0] = 1;
  Results[0].strides[1] = 2;
  EXPECT_EQ(run(), refused("expects result 'y' to be dense and row-major, but "
                           "got other strides"));
  Results[0] = viewOf(y, {2, 5});
  Results[1].dtype = ATTN_RT_F32;
  EXPECT_EQ(run(), refused("expects result 'sum' to have element type f64, but "
                           "got f32"));
  Results[1] = viewOf(sum, {2});
  Results[1].data = reinterpret_cast<char *>(sum.data()) + 4;
  EXPECT_EQ(run(), refused("expects result 'sum' to be aligned to 8 bytes, but "
                           "got an address with remainder 4"));
}

TEST_F(Signature, Overlaps) {
  std::vector<double> memory(10);
  Results[0] = Args[0];
  EXPECT_EQ(run(), refused("expects result 'y' to lie apart from argument 'x', "
                           "but got overlapping memory"));
  Results[0] = attn_rt_tensor_view(memory.data(), ATTN_RT_F32, 2, Args[0].shape);
  int64_t two[1] = {2};
  Results[1] = attn_rt_tensor_view(&memory[4], ATTN_RT_F64, 1, two);
  EXPECT_EQ(run(), refused("expects result 'sum' to lie apart from result 'y', "
                           "but got overlapping memory"));
  Results[1].data = &memory[5]; // the byte after y
  EXPECT_EQ(run(), "ok|");
}

TEST_F(Signature, PlansThatDisagree) {
  const attn_rt_function *wrong = Module.function("wrong");
  auto kind = [&](int64_t n) {
    std::vector<int32_t> data(size_t(n), 0);
    std::vector<attn_rt_tensor> results(1);
    return tryRun(wrong, {viewOf(data, {n})}, results);
  };
  std::string text = kind(3);
  EXPECT_EQ(text, "internal error|expects the module's plan to make result 'y' "
                  "dimension 1 2, but got 3");
  EXPECT_EQ(kind(4), "internal error|expects the module's plan to make result "
                     "'y' dimension 0 0, but got -1");
  std::string overflow = "invalid argument|expects the sizes of function "
                         "'wrong' to be below 2^63 bytes, but got shapes that "
                         "overflow them";
  EXPECT_EQ(kind(5), overflow);
  EXPECT_EQ(kind(7), overflow);
  EXPECT_EQ(kind(6), "out of memory|expects 4611686018427387904 bytes for the "
                     "workspace, but got none from the allocator");
  EXPECT_EQ(kind(8), "invalid argument|expects result 'y' to have a size below "
                     "2^63 bytes, but got a shape that overflows it");
}

/// A dimension without a bound of its own.
class Unbounded : public LinkedNote {
protected:
  static NoteModule note() {
    NoteModule module = helloNote();
    module.Functions[0].Symbols = {{"n", 0, INT64_MAX}};
    return module;
  }
  Unbounded() : LinkedNote(note()) {}
};

TEST_F(Unbounded, SizesThatOverflow) {
  ASSERT_EQ(open(), "ok");
  float element = 0;
  std::vector<attn_rt_tensor> results(1);
  int64_t size = INT64_MAX / 2;
  attn_rt_tensor endless = attn_rt_tensor_view(&element, ATTN_RT_F32, 1, &size);
  EXPECT_EQ(tryRun(attn_rt_module_function_at(Module, 0), {endless}, results),
            "invalid argument|expects argument 'x' to have a size below 2^63 bytes, "
            "but got a shape that overflows it");
}

class ValueRange : public LinkedNote {
protected:
  ValueRange() : LinkedNote(rangesNote()) {}

  /// Runs function f with \p value at \p position of six elements, else min.
  std::string runWith(int32_t f, int position, int64_t min, int64_t value) {
    uint32_t dtype = Note.Functions[size_t(f)].Args[0].DType;
    size_t bytes = attn_rt_dtype_bytes(int32_t(dtype));
    std::vector<unsigned char> data(6 * bytes, 0);
    for (int i = 0; i < 6; ++i) {
      int64_t element = i == position ? value : min;
      memcpy(&data[size_t(i) * bytes], &element, bytes);
    }
    int64_t shape[2] = {2, 3};
    std::vector<attn_rt_tensor> results;
    return tryRun(attn_rt_module_function_at(Module, f),
                  {attn_rt_tensor_view(data.data(), attn_rt_dtype(dtype), 2, shape)}, results);
  }
};

// Every integer type at both edges of its range, in every position.
TEST_F(ValueRange, EveryType) {
  ASSERT_EQ(open(), "ok");
  int tried = 0;
  for (int32_t f = 0; f < int32_t(Entries.size()); ++f) {
    const NoteValue &arg = Note.Functions[size_t(f)].Args[0];
    for (int position = 0; position < 6; ++position)
      for (int64_t value : {arg.Min - 1, arg.Min, arg.Max, arg.Max + 1}) {
        std::string got = runWith(f, position, arg.Min, value);
        bool isFine = value == arg.Min || value == arg.Max;
        EXPECT_EQ(got == "ok|", isFine) << got << " type " << arg.DType;
        std::string element =
            "'v' element [" + std::to_string(position / 3) + ", " + std::to_string(position % 3) + "]";
        EXPECT_TRUE(isFine || got.find(element) != std::string::npos) << got;
        ++tried;
      }
  }
  EXPECT_EQ(tried, 9 * 6 * 4);
}

TEST_F(ValueRange, LinkedModuleMustMatchItsNote) {
  Descriptor.function_count = 2;
  EXPECT_EQ(open(), "linked module: expects the descriptor to have 1 variants "
                    "of 9 functions as in the note, but got 1 of 2");
}

} // namespace
