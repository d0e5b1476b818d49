// The entry points of the two compiled variants: their only symbols that others can see.
#pragma once

#include "pricing/kernels/kernels.hpp"

extern "C" {
const vargrid::KernelSet* vargrid_kernel_set_avx2();
const vargrid::KernelSet* vargrid_kernel_set_avx512();
}
