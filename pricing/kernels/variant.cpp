// One kernel set. Compiled once per instruction set; every symbol but the entry point is made local
// afterwards (see CMakeLists.txt), so nothing here is shared between the variants.
#include "pricing/kernels/accumulate_kernel.hpp"
#include "pricing/kernels/trade_kernels.hpp"
#include "pricing/kernels/variants.hpp"

namespace vargrid::variant {
namespace {

void evaluate(const Batch& batch, const double* factors, double* rows, double* values) {
    fill_rows(batch.rows, factors, rows);
    if (batch.kind == BatchKind::linear) {
        value_linear(batch.linear, rows, values);
    } else {
        value_european(batch.european, rows, values);
    }
}

const KernelSet kKernelSet{.evaluate = evaluate, .accumulate = accumulate};

}  // namespace
}  // namespace vargrid::variant

extern "C" [[gnu::visibility("default")]] const vargrid::KernelSet* VARGRID_VARIANT_ENTRY() {
    return &vargrid::variant::kKernelSet;
}
