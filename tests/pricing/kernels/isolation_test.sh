#!/bin/sh
# Usage: isolation_test.sh NM OBJDUMP ARCHIVE
# The two kernel variants in the archive must share no symbol with anything, and the AVX2 variant
# must not contain an AVX-512 instruction. Prints every violation.
set -eu
nm=$1
objdump=$2
archive=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
archive=$(realpath "$archive")
cd "$folder"
ar x "$archive" kernels_avx2.o kernels_avx512.o
status=0

for isa in avx2 avx512; do
    # Defined symbols that are global, weak, unique or common: exactly one is allowed.
    visible=$("$nm" --defined-only "kernels_$isa.o" | awk '$2 ~ /^[A-Z]$|^[uvw]$/ {print $3}')
    if [ "$visible" != "vargrid_kernel_set_$isa" ]; then
        echo "kernels_$isa.o shares symbols with other objects:" $visible
        status=1
    fi
    # A COMDAT group that survived could still be dropped in favour of another object's copy.
    if readelf --section-groups "kernels_$isa.o" | grep -q COMDAT; then
        echo "kernels_$isa.o still has COMDAT groups"
        status=1
    fi
done

# zmm registers, mask registers and the upper sixteen registers exist only with AVX-512.
"$objdump" -d --no-show-raw-insn kernels_avx2.o > avx2.txt
"$objdump" -d --no-show-raw-insn kernels_avx512.o > avx512.txt
if grep -E '%(zmm|k[0-7]|[xy]mm(1[6-9]|2[0-9]|3[01]))' avx2.txt | head -5 | grep .; then
    echo "kernels_avx2.o contains AVX-512 instructions"
    status=1
fi
# The same patterns must find something where they should, or the check above proves nothing.
grep -q '%zmm' avx512.txt || { echo "kernels_avx512.o does not use zmm registers"; status=1; }
grep -q '%ymm' avx2.txt || { echo "kernels_avx2.o does not use ymm registers"; status=1; }
exit $status
