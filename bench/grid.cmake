# The grid beside the bare kernel loop and bare sockets: ./grid_bench --out grid.json
add_executable(grid_bench ${CMAKE_CURRENT_LIST_DIR}/grid_bench.cpp
                          ${CMAKE_CURRENT_LIST_DIR}/grid_bench_dispatch.cpp
                          ${CMAKE_CURRENT_LIST_DIR}/grid_bench_tax.cpp
                          ${CMAKE_CURRENT_LIST_DIR}/grid_bench_workers.cpp)
target_include_directories(grid_bench PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(grid_bench PRIVATE ${VARGRID_WARNINGS})
target_link_libraries(grid_bench PRIVATE vargrid_cli vargrid_sample vargrid_risk
                                         vargrid_scheduler_server vargrid_protocol_zmq
                                         nlohmann_json::nlohmann_json CLI11::CLI11)
add_dependencies(grid_bench vargrid-worker)
# Beside vargrid-worker, which it starts.
set_target_properties(grid_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
