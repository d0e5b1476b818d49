# Compiler settings that hold for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
# -O2 keeps the build short; the kernels ask for -O3 themselves.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

option(VARGRID_TESTS "Build the tests" ON)
option(VARGRID_BENCH "Build the benchmarks" ON)
set(VARGRID_SANITIZE "" CACHE STRING "address;undefined or thread")

# One answer on every machine: no fused multiply-add that the source does not spell out, no
# reassociation. Eigen's fast sqrt differs between instruction sets, hence EIGEN_FAST_MATH=0.
add_compile_options(-ffp-contract=off)
add_compile_definitions(EIGEN_FAST_MATH=0 EIGEN_MPL2_ONLY)

set(VARGRID_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Wduplicated-cond -Wlogical-op -Werror)

if(VARGRID_SANITIZE)
    string(REPLACE ";" "," sanitizers "${VARGRID_SANITIZE}")
    add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all
                        -g1)
    add_link_options(-fsanitize=${sanitizers})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
    add_link_options(-fuse-ld=mold)
endif()
