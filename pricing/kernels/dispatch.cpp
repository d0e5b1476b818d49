#include "base/check.hpp"
#include "pricing/kernels/kernels.hpp"
#include "pricing/kernels/variants.hpp"

#include <string>

namespace vargrid {

std::string_view to_text(Isa isa) {
    return isa == Isa::avx512 ? "avx512" : "avx2";
}

bool is_supported(Isa isa) {
    // The levels that the variants are compiled for. GCC's check includes XGETBV: whether the
    // operating system saves the wide registers.
    __builtin_cpu_init();
    return isa == Isa::avx512 ? __builtin_cpu_supports("x86-64-v4") != 0
                              : __builtin_cpu_supports("x86-64-v3") != 0;
}

Result<Isa> best_isa() {
    if (is_supported(Isa::avx512)) {
        return Isa::avx512;
    }
    if (is_supported(Isa::avx2)) {
        return Isa::avx2;
    }
    return Error{ErrorCode::invalid_input,
                 "this machine lacks AVX2 and FMA (x86-64-v3), which the kernels need"};
}

Result<Isa> isa_from_text(std::string_view text) {
    if (text == "auto") {
        return best_isa();
    }
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (text == to_text(isa)) {
            if (is_supported(isa)) {
                return isa;
            }
            return Error{ErrorCode::invalid_input,
                         "this machine does not run " + std::string{text} + " code"};
        }
    }
    return Error{ErrorCode::invalid_input,
                 "expected auto, avx2 or avx512, found '" + std::string{text} + "'"};
}

const KernelSet& kernel_set(Isa isa) {
    CHECK(is_supported(isa));
    return isa == Isa::avx512 ? *vargrid_kernel_set_avx512() : *vargrid_kernel_set_avx2();
}

}  // namespace vargrid
