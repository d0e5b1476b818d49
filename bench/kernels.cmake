# The pricing kernels beside QuantLib: ./kernel_bench --benchmark_repetitions=5
add_executable(kernel_bench ${CMAKE_CURRENT_LIST_DIR}/kernel_bench.cpp
                            ${CMAKE_CURRENT_LIST_DIR}/kernel_bench_quantlib.cpp
                            ${CMAKE_CURRENT_LIST_DIR}/kernel_bench_workloads.cpp)
target_include_directories(kernel_bench PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(kernel_bench PRIVATE ${VARGRID_WARNINGS})
target_link_libraries(kernel_bench PRIVATE vargrid_kernels vargrid_market PkgConfig::quantlib
                                           benchmark::benchmark)
