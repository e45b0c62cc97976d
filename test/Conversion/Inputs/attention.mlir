// Level 2 of softmax attention, one head: rows in blocks of 128 and strips of 8, keys in blocks of 256 and packed panels of 32. The running
// maximum is in natural units times log2(e), which the scale brings in; rows divide by 128 and keys by 256.
#ab = affine_map<(i, j) -> (i, j)>
#al = affine_map<(i, j, l) -> (i, l)>
#ajl = affine_map<(i, j, l) -> (i, j, l)>
func.func @attention(%Q: tensor<?x64xf32>, %K: tensor<?x64x32xf32>, %V: tensor<?x64xf32>, %O: tensor<?x64xf32> {bufferization.writable = true}, %scale: f32, %strip: tensor<8x256xf32> {bufferization.writable = true}, %rmx: tensor<128x16xf32> {bufferization.writable = true}, %lx: tensor<128x16xf32> {bufferization.writable = true}) -> tensor<?x64xf32> attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -3.4e+38 : f32
  %M = tensor.dim %Q, %c0 : tensor<?x64xf32>
  %N = tensor.dim %V, %c0 : tensor<?x64xf32>
  %of:4 = scf.for %i0 = %c0 to %M step %c128 iter_args(%oi = %O, %mi = %rmx, %li = %lx, %si = %strip) -> (tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>) {
    %init:3 = scf.for %r = %c0 to %c128 step %c8 iter_args(%o1 = %oi, %m1 = %mi, %l1 = %li) -> (tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>) {
      %row = arith.addi %i0, %r : index
      %os = tensor.extract_slice %o1[%row, 0] [8, 64] [1, 1] : tensor<?x64xf32> to tensor<8x64xf32>
      %oz = linalg.fill ins(%zero : f32) outs(%os : tensor<8x64xf32>) -> tensor<8x64xf32>
      %o2 = tensor.insert_slice %oz into %o1[%row, 0] [8, 64] [1, 1] : tensor<8x64xf32> into tensor<?x64xf32>
      %ms = tensor.extract_slice %m1[%r, 0] [8, 16] [1, 1] : tensor<128x16xf32> to tensor<8x16xf32>
      %mz = linalg.fill ins(%low : f32) outs(%ms : tensor<8x16xf32>) -> tensor<8x16xf32>
      %m2 = tensor.insert_slice %mz into %m1[%r, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<128x16xf32>
      %ls = tensor.extract_slice %l1[%r, 0] [8, 16] [1, 1] : tensor<128x16xf32> to tensor<8x16xf32>
      %lz = linalg.fill ins(%zero : f32) outs(%ls : tensor<8x16xf32>) -> tensor<8x16xf32>
      %l2 = tensor.insert_slice %lz into %l1[%r, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<128x16xf32>
      scf.yield %o2, %m2, %l2 : tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>
    }
    %blk:4 = scf.for %j0 = %c0 to %N step %c256 iter_args(%o3 = %init#0, %m3 = %init#1, %l3 = %init#2, %s3 = %si) -> (tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>) {
      %p0 = arith.divui %j0, %c32 : index
      %left = arith.subi %N, %j0 : index
      %keys = arith.minsi %left, %c256 : index
      %st:4 = scf.for %r = %c0 to %c128 step %c8 iter_args(%o4 = %o3, %m4 = %m3, %l4 = %l3, %s4 = %s3) -> (tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>) {
        %row = arith.addi %i0, %r : index
        %q = tensor.extract_slice %Q[%row, 0] [8, 64] [1, 1] : tensor<?x64xf32> to tensor<8x64xf32>
        %mold = tensor.extract_slice %m4[%r, 0] [8, 16] [1, 1] : tensor<128x16xf32> to tensor<8x16xf32>
        %e16 = tensor.empty() : tensor<8x16xf32>
        %mv0 = linalg.fill ins(%low : f32) outs(%e16 : tensor<8x16xf32>) -> tensor<8x16xf32>
        %qk:2 = scf.for %jj = %c0 to %c256 step %c32 iter_args(%sx = %s4, %mv = %mv0) -> (tensor<8x256xf32>, tensor<8x16xf32>) {
          %jp = arith.divui %jj, %c32 : index
          %panel = arith.addi %p0, %jp : index
          %k = tensor.extract_slice %K[%panel, 0, 0] [1, 64, 32] [1, 1, 1] : tensor<?x64x32xf32> to tensor<64x32xf32>
          %sd = tensor.extract_slice %sx[0, %jj] [8, 32] [1, 1] : tensor<8x256xf32> to tensor<8x32xf32>
          %s0 = linalg.fill ins(%zero : f32) outs(%sd : tensor<8x32xf32>) -> tensor<8x32xf32>
          %s1 = linalg.matmul ins(%q, %k : tensor<8x64xf32>, tensor<64x32xf32>) outs(%s0 : tensor<8x32xf32>) -> tensor<8x32xf32>
          %s2 = linalg.generic {indexing_maps = [#ab], iterator_types = ["parallel", "parallel"]} outs(%s1 : tensor<8x32xf32>) {
          ^bb0(%x: f32):
            %y = arith.mulf %x, %scale : f32
            linalg.yield %y : f32
          } -> tensor<8x32xf32>
          %sh = tensor.expand_shape %s2 [[0], [1, 2]] output_shape [8, 2, 16] : tensor<8x32xf32> into tensor<8x2x16xf32>
          %mn = linalg.generic {indexing_maps = [#ajl, #al], iterator_types = ["parallel", "reduction", "parallel"]} ins(%sh : tensor<8x2x16xf32>) outs(%mv : tensor<8x16xf32>) {
          ^bb0(%x: f32, %m: f32):
            %y = arith.maxnumf %x, %m : f32
            linalg.yield %y : f32
          } -> tensor<8x16xf32>
          %sy = tensor.insert_slice %s2 into %sx[0, %jj] [8, 32] [1, 1] : tensor<8x32xf32> into tensor<8x256xf32>
          scf.yield %sy, %mn : tensor<8x256xf32>, tensor<8x16xf32>
        }
        %e1 = tensor.empty() : tensor<8xf32>
        %r0 = linalg.fill ins(%low : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
        %rm = linalg.generic {indexing_maps = [#ab, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%qk#1 : tensor<8x16xf32>) outs(%r0 : tensor<8xf32>) {
        ^bb0(%x: f32, %m: f32):
          %y = arith.maxnumf %x, %m : f32
          linalg.yield %y : f32
        } -> tensor<8xf32>
        %ea = tensor.empty() : tensor<8x16xf32>
        %eb = tensor.empty() : tensor<8x16xf32>
        %mnew, %alpha = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, #ab, #ab, #ab], iterator_types = ["parallel", "parallel"]} ins(%rm, %mold : tensor<8xf32>, tensor<8x16xf32>) outs(%ea, %eb : tensor<8x16xf32>, tensor<8x16xf32>) {
        ^bb0(%x: f32, %m: f32, %u0: f32, %u1: f32):
          %n = arith.maxnumf %x, %m : f32
          %d = arith.subf %m, %n : f32
          %e = math.exp2 %d : f32
          linalg.yield %n, %e : f32, f32
        } -> (tensor<8x16xf32>, tensor<8x16xf32>)
        %lold = tensor.extract_slice %l4[%r, 0] [8, 16] [1, 1] : tensor<128x16xf32> to tensor<8x16xf32>
        %ls = linalg.generic {indexing_maps = [#ab, #ab], iterator_types = ["parallel", "parallel"]} ins(%alpha : tensor<8x16xf32>) outs(%lold : tensor<8x16xf32>) {
        ^bb0(%x: f32, %m: f32):
          %y = arith.mulf %x, %m : f32
          linalg.yield %y : f32
        } -> tensor<8x16xf32>
        %ex:2 = scf.for %w = %c0 to %c8 step %c1 iter_args(%px = %qk#0, %lx1 = %ls) -> (tensor<8x256xf32>, tensor<8x16xf32>) {
          %mrow = tensor.extract_slice %mnew[%w, 0] [1, 16] [1, 1] : tensor<8x16xf32> to tensor<16xf32>
          %lrow = tensor.extract_slice %lx1[%w, 0] [1, 16] [1, 1] : tensor<8x16xf32> to tensor<16xf32>
          %ec:2 = scf.for %cc = %c0 to %c256 step %c64 iter_args(%py = %px, %ly = %lrow) -> (tensor<8x256xf32>, tensor<16xf32>) {
            %sc = tensor.extract_slice %py[%w, %cc] [1, 64] [1, 1] : tensor<8x256xf32> to tensor<64xf32>
            %sc4 = tensor.expand_shape %sc [[0, 1]] output_shape [4, 16] : tensor<64xf32> into tensor<4x16xf32>
            %p = linalg.generic {indexing_maps = [affine_map<(c, l) -> (l)>, affine_map<(c, l) -> (c, l)>], iterator_types = ["parallel", "parallel"]} ins(%mrow : tensor<16xf32>) outs(%sc4 : tensor<4x16xf32>) {
            ^bb0(%m: f32, %x: f32):
              %d = arith.subf %x, %m : f32
              %e = math.exp2 %d : f32
              linalg.yield %e : f32
            } -> tensor<4x16xf32>
            %ln = linalg.generic {indexing_maps = [affine_map<(c, l) -> (c, l)>, affine_map<(c, l) -> (l)>], iterator_types = ["reduction", "parallel"]} ins(%p : tensor<4x16xf32>) outs(%ly : tensor<16xf32>) {
            ^bb0(%x: f32, %m: f32):
              %y = arith.addf %x, %m : f32
              linalg.yield %y : f32
            } -> tensor<16xf32>
            %pc = tensor.collapse_shape %p [[0, 1]] : tensor<4x16xf32> into tensor<64xf32>
            %pz = tensor.insert_slice %pc into %py[%w, %cc] [1, 64] [1, 1] : tensor<64xf32> into tensor<8x256xf32>
            scf.yield %pz, %ln : tensor<8x256xf32>, tensor<16xf32>
          }
          %lw = tensor.insert_slice %ec#1 into %lx1[%w, 0] [1, 16] [1, 1] : tensor<16xf32> into tensor<8x16xf32>
          scf.yield %ec#0, %lw : tensor<8x256xf32>, tensor<8x16xf32>
        }
        %p = tensor.extract_slice %ex#0[0, 0] [8, %keys] [1, 1] : tensor<8x256xf32> to tensor<8x?xf32>
        %o6 = scf.for %dd = %c0 to %c64 step %c32 iter_args(%o5 = %o4) -> (tensor<?x64xf32>) {
          %v = tensor.extract_slice %V[%j0, %dd] [%keys, 32] [1, 1] : tensor<?x64xf32> to tensor<?x32xf32>
          %od = tensor.extract_slice %o5[%row, %dd] [8, 32] [1, 1] : tensor<?x64xf32> to tensor<8x32xf32>
          %oe = tensor.expand_shape %od [[0], [1, 2]] output_shape [8, 2, 16] : tensor<8x32xf32> into tensor<8x2x16xf32>
          %os = linalg.generic {indexing_maps = [#al, #ajl], iterator_types = ["parallel", "parallel", "parallel"]} ins(%alpha : tensor<8x16xf32>) outs(%oe : tensor<8x2x16xf32>) {
          ^bb0(%a: f32, %x: f32):
            %y = arith.mulf %x, %a : f32
            linalg.yield %y : f32
          } -> tensor<8x2x16xf32>
          %oc = tensor.collapse_shape %os [[0], [1, 2]] : tensor<8x2x16xf32> into tensor<8x32xf32>
          %om = linalg.matmul ins(%p, %v : tensor<8x?xf32>, tensor<?x32xf32>) outs(%oc : tensor<8x32xf32>) -> tensor<8x32xf32>
          %on = tensor.insert_slice %om into %o5[%row, %dd] [8, 32] [1, 1] : tensor<8x32xf32> into tensor<?x64xf32>
          scf.yield %on : tensor<?x64xf32>
        }
        %m5 = tensor.insert_slice %mnew into %m4[%r, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<128x16xf32>
        %l5 = tensor.insert_slice %ex#1 into %l4[%r, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<128x16xf32>
        scf.yield %o6, %m5, %l5, %ex#0 : tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>
      }
      scf.yield %st#0, %st#1, %st#2, %st#3 : tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>
    }
    %fin = scf.for %r = %c0 to %c128 step %c8 iter_args(%o7 = %blk#0) -> (tensor<?x64xf32>) {
      %row = arith.addi %i0, %r : index
      %lr = tensor.extract_slice %blk#2[%r, 0] [8, 16] [1, 1] : tensor<128x16xf32> to tensor<8x16xf32>
      %e1 = tensor.empty() : tensor<8xf32>
      %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
      %lsum = linalg.generic {indexing_maps = [#ab, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%lr : tensor<8x16xf32>) outs(%z1 : tensor<8xf32>) {
      ^bb0(%x: f32, %m: f32):
        %y = arith.addf %x, %m : f32
        linalg.yield %y : f32
      } -> tensor<8xf32>
      %od = tensor.extract_slice %o7[%row, 0] [8, 64] [1, 1] : tensor<?x64xf32> to tensor<8x64xf32>
      %on = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, #ab], iterator_types = ["parallel", "parallel"]} ins(%lsum : tensor<8xf32>) outs(%od : tensor<8x64xf32>) {
      ^bb0(%a: f32, %x: f32):
        %y = arith.divf %x, %a : f32
        linalg.yield %y : f32
      } -> tensor<8x64xf32>
      %o8 = tensor.insert_slice %on into %o7[%row, 0] [8, 64] [1, 1] : tensor<8x64xf32> into tensor<?x64xf32>
      scf.yield %o8 : tensor<?x64xf32>
    }
    scf.yield %fin, %blk#1, %blk#2, %blk#3 : tensor<?x64xf32>, tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x256xf32>
  }
  return %of#0 : tensor<?x64xf32>
}
