// Files that vargrid did not write, or that were changed since: each gets its own error, none a
// crash or a wrong number. Spoiled with plain HDF5 calls, as another program would.
#include "results/results_file.hpp"
#include "results/seal.hpp"
#include "results/shard.hpp"
#include "tests/results/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <fstream>
#include <functional>
#include <limits>

namespace vargrid::results {
namespace {

using ::testing::HasSubstr;

/// Opens a file that was written, lets `spoil` loose on it, and closes it.
void change_file(const std::filesystem::path& path, const std::function<void(hid_t)>& spoil) {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - kSealBytes);
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(file, 0);
    spoil(file);
    ASSERT_GE(H5Fclose(file), 0);
}

void remove_item(hid_t file, const char* name) {
    ASSERT_GE(H5Ldelete(file, name, H5P_DEFAULT), 0);
}

void replace_array(hid_t file,
                   const char* name,
                   hid_t type,
                   const std::vector<hsize_t>& dimensions,
                   bool write = true) {
    remove_item(file, name);
    const hid_t space =
        H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr);
    const hid_t dataset =
        H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(dataset, 0);
    if (write) {
        hsize_t count = 1;
        for (const hsize_t d : dimensions) {
            count *= d;
        }
        const std::vector<char> zeros(static_cast<std::size_t>(count) * H5Tget_size(type));
        ASSERT_GE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data()), 0);
    }
    H5Dclose(dataset);
    H5Sclose(space);
}

void overwrite_number(hid_t file, const char* name, hsize_t position, double value) {
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    std::vector<hsize_t> point(static_cast<std::size_t>(rank), 0);
    point.back() = position;
    H5Sselect_elements(space, H5S_SELECT_SET, 1, point.data());
    const hsize_t one = 1;
    const hid_t memory = H5Screate_simple(1, &one, nullptr);
    ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value), 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
}

void set_attribute(hid_t file, const char* name, std::int64_t value) {
    if (H5Aexists(file, name) > 0) {
        H5Adelete(file, name);
    }
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(file, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(H5Awrite(attribute, H5T_NATIVE_INT64, &value), 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

void set_attribute(hid_t file, const char* name, const char* value) {
    if (H5Aexists(file, name) > 0) {
        H5Adelete(file, name);
    }
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(H5Awrite(attribute, type, &value), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/// A dataset of the same shape whose chunks were never written: it would read as NaN.
void punch_hole(hid_t file, const char* name) {
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t creation = H5Dget_create_plist(dataset);
    const hid_t space = H5Dget_space(dataset);
    const hid_t type = H5Dget_type(dataset);
    remove_item(file, name);
    const hid_t empty = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ASSERT_GE(empty, 0);
    H5Dclose(empty);
    H5Tclose(type);
    H5Sclose(space);
    H5Pclose(creation);
    H5Dclose(dataset);
}

struct Spoiled {
    std::string name;
    std::function<void(hid_t)> spoil;
    std::string words;
};

std::vector<Spoiled> spoiled_results() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<Spoiled> cases;
    for (const char* name : {"book",
                             "base_value",
                             "pnl",
                             "class_pnl",
                             "trade_base_value",
                             "trade_pnl",
                             "trade_class_pnl",
                             "measure",
                             "measure_book",
                             "measure_value",
                             "measure_confidence_bp",
                             "failure",
                             "failure_trade",
                             "failure_reason",
                             "missing_block",
                             "run"}) {
        cases.push_back({std::string{"without "} + name,
                         [name](hid_t f) { remove_item(f, name); },
                         std::string{"no dataset "} + name});
    }
    for (const char* name : {"schema_version", "run_id", "digest", "blocks_present", "complete"}) {
        cases.push_back({std::string{"without attribute "} + name,
                         [name](hid_t f) { H5Adelete(f, name); },
                         std::string{"no attribute "} + name});
    }
    const auto add = [&](std::string name, std::function<void(hid_t)> spoil, std::string words) {
        cases.push_back({std::move(name), std::move(spoil), std::move(words)});
    };
    add(
        "another schema",
        [](hid_t f) { set_attribute(f, "schema_version", 99); },
        "has results schema 99, this program reads 1");
    add(
        "schema as text",
        [](hid_t f) { set_attribute(f, "schema_version", "1"); },
        "expected a whole number");
    add(
        "digest as number", [](hid_t f) { set_attribute(f, "digest", 1); }, "expected a text");
    add(
        "digest too short",
        [](hid_t f) { set_attribute(f, "digest", "abc"); },
        "attribute digest: a digest has 64 hexadecimal digits");
    add(
        "negative count",
        [](hid_t f) { set_attribute(f, "blocks_present", -1); },
        "blocks_present: negative");
    add(
        "more present than expected",
        [](hid_t f) { set_attribute(f, "blocks_present", 1000); },
        "contradict each other");
    add(
        "absurd number of blocks",
        [](hid_t f) { set_attribute(f, "blocks_expected", INT64_MAX); },
        "contradict each other");
    add(
        "complete is neither yes nor no",
        [](hid_t f) { set_attribute(f, "complete", 2); },
        "contradict each other");
    add(
        "missing blocks unaccounted for",
        [](hid_t f) { set_attribute(f, "blocks_present", 1); },
        "missing_block: expected the shape");
    add(
        "an incomplete run called complete",
        [](hid_t f) { set_attribute(f, "complete", 1); },
        "called complete in spite of");
    add(
        "integers for P&L",
        [](hid_t f) {
            replace_array(f, "pnl", H5T_STD_I64LE, {6, 21});
        },
        "pnl: has another number type");
    add(
        "floats for P&L",
        [](hid_t f) {
            replace_array(f, "pnl", H5T_IEEE_F32LE, {6, 21});
        },
        "pnl: has another number type");
    add(
        "a scenario too few",
        [](hid_t f) {
            replace_array(f, "pnl", H5T_IEEE_F64LE, {6, 20});
        },
        "pnl: expected the shape [6, 21], found [6, 20]");
    add(
        "a dimension too few",
        [](hid_t f) {
            replace_array(f, "class_pnl", H5T_IEEE_F64LE, {2, 126});
        },
        "class_pnl: expected the shape [2, 6, 21], found [2, 126]");
    add(
        "ten gigabytes claimed",
        [](hid_t f) {
            replace_array(f, "trade_pnl", H5T_IEEE_F64LE, {7, 200'000'000}, false);
        },
        "trade_pnl: expected the shape");
    add(
        "a specification of ten gigabytes",
        [](hid_t f) {
            replace_array(f, "run/specification", H5T_STD_U8LE, {10'000'000'000U}, false);
        },
        "items where at most");
    add(
        "a specification without data",
        [](hid_t f) { replace_array(f, "run/specification", H5T_STD_U8LE, {500}, false); },
        "run/specification: has no data");
    add(
        "a specification of zeros",
        [](hid_t f) { replace_array(f, "run/specification", H5T_STD_U8LE, {500}); },
        "run/specification: run specification: not one");
    add(
        "numbers for books",
        [](hid_t f) { replace_array(f, "book", H5T_STD_I64LE, {6}); },
        "book: expected texts");
    add(
        "more books than the paths have levels",
        [](hid_t f) { replace_array(f, "book", H5T_STD_I64LE, {1000}); },
        "book: 1000 items where at most");
    add(
        "books without texts",
        [](hid_t f) { replace_array(f, "measure_book", H5T_STD_I64LE, {18}); },
        "measure_book: expected texts");
    add(
        "a hole in the P&L", [](hid_t f) { punch_hole(f, "pnl"); }, "pnl: has holes, 0 of 1");
    add(
        "a hole in the trades",
        [](hid_t f) { punch_hole(f, "trade_pnl"); },
        "trade_pnl: has holes");
    add(
        "base values without data",
        [](hid_t f) { replace_array(f, "base_value", H5T_IEEE_F64LE, {6}, false); },
        "base_value: has no data");
    add(
        "a P&L changed by hand",
        [](hid_t f) { overwrite_number(f, "pnl", 3, 12.5); },
        "was changed after it was written");
    add(
        "a NaN for a P&L",
        [nan](hid_t f) { overwrite_number(f, "pnl", 3, nan); },
        "was changed after it was written");
    add(
        "a NaN for a measure",
        [nan](hid_t f) { overwrite_number(f, "measure_value", 0, nan); },
        "was changed after it was written");
    add(
        "a confidence of zero",
        [](hid_t f) { overwrite_number(f, "measure_confidence_bp", 0, 0.0); },
        "measure_confidence_bp: 0 is no confidence");
    add(
        "a failed cell beyond the trades",
        [](hid_t f) { overwrite_number(f, "failure_trade", 0, 1e6); },
        "failure 0: a cell that is not in the run");
    add(
        "a failed cell before the scenarios",
        [](hid_t f) { overwrite_number(f, "failure_scenario", 0, -1.0); },
        "failure 0: a cell that is not in the run");
    add(
        "another run id",
        [](hid_t f) { set_attribute(f, "run_id", "sample-2020-12-31-000000000000"); },
        "was changed after it was written");
    add(
        "another ledger",
        [](hid_t f) { set_attribute(f, "ledger_reclaims", 1000); },
        "was changed after it was written");
    return cases;
}

TEST(BrokenFiles, EveryChangeToAResultsFileHasItsOwnError) {
    const TemporaryFolder folder;
    const RunResults results = sample_results({.with_failure = true});
    for (const Spoiled& spoiled : spoiled_results()) {
        SCOPED_TRACE(spoiled.name);
        const auto path = folder / "results.h5";
        ASSERT_TRUE(write_results(path, results));
        change_file(path, spoiled.spoil);
        const auto read = read_results(path);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::io);
        EXPECT_THAT(read.error().message, HasSubstr(path.string() + ": "));
        EXPECT_THAT(read.error().message, HasSubstr(spoiled.words));
    }
}

TEST(BrokenFiles, WhatAPersonAddsToAResultsFileDoesNoHarm) {
    const TemporaryFolder folder;
    const auto path = folder / "results.h5";
    ASSERT_TRUE(write_results(path, sample_results()));
    change_file(path, [](hid_t f) { set_attribute(f, "comment", "looked at by the desk"); });
    const auto read = read_results(path);
    EXPECT_TRUE(read) << read.error().message;
}

TEST(BrokenFiles, ForeignFilesAreCalledForeign) {
    const TemporaryFolder folder;
    const auto expect = [&](const std::string& name, const std::string& words) {
        const auto results = read_results(folder / name);
        ASSERT_FALSE(results) << name;
        EXPECT_THAT(results.error().message, HasSubstr((folder / name).string() + ": " + words));
        const auto shard = read_shard(folder / name);
        ASSERT_FALSE(shard) << name;
        EXPECT_THAT(shard.error().message, HasSubstr((folder / name).string() + ": "));
    };
    write_contents(folder / "empty", {});
    expect("empty", "not an HDF5 file");
    write_contents(folder / "zeros", Bytes(4096));
    expect("zeros", "not an HDF5 file");
    write_contents(folder / "text", std::as_bytes(std::span{"book,risk_class\n"}));
    expect("text", "not an HDF5 file");
    const std::string magic = "\x89HDF\r\n\x1a\n";
    write_contents(folder / "magic", std::as_bytes(std::span{magic}));
    expect("magic", "cannot open");
    write_contents(folder / "sealed text", std::as_bytes(std::span{"VGSEAL01"}));
    expect("sealed text", "not an HDF5 file");
    H5Fclose(H5Fcreate((folder / "bare.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    expect("bare.h5", "no attribute schema_version");
    std::filesystem::create_directory(folder / "folder");
    expect("folder", "not a regular file");
    expect("nothing", "no such file");
}

TEST(BrokenFiles, AShardIsNoResultsFileAndTheOtherWayRound) {
    const TemporaryFolder folder;
    const RunSpec run = sample_run();
    ASSERT_TRUE(write_shard(folder / "a.h5", {}, sample_blocks(run)));
    ASSERT_TRUE(write_results(folder / "results.h5", sample_results()));
    EXPECT_FALSE(read_results(folder / "a.h5"));
    const auto shard = read_shard(folder / "results.h5");
    ASSERT_FALSE(shard);
    EXPECT_THAT(shard.error().message, HasSubstr("no attribute kind"));
}

TEST(BrokenFiles, EveryTruncationOfAResultsFileIsNoticed) {
    const TemporaryFolder folder;
    const RunResults results = sample_results({.with_failure = true});
    ASSERT_TRUE(write_results(folder / "a.h5", results));
    const Bytes bytes = contents_of(folder / "a.h5");
    // What lies behind the end of the HDF5 data is the seal: without it the data are whole.
    const std::size_t data = bytes.size() - kSealBytes;
    for (std::size_t size = 0; size < data; size += size < 100 ? 1 : 509) {
        write_contents(folder / "b.h5", std::span{bytes}.first(size));
        const auto read = read_results(folder / "b.h5");
        ASSERT_FALSE(read) << size;
        EXPECT_THAT(read.error().message, HasSubstr((folder / "b.h5").string()));
    }
}

TEST(BrokenFiles, EveryDamagedByteOfAResultsFileIsNoticed) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_results(folder / "a.h5", sample_results()));
    const Bytes bytes = contents_of(folder / "a.h5");
    for (std::size_t i = 0; i < bytes.size() - kSealBytes; i += 331) {
        Bytes damaged = bytes;
        damaged[i] ^= std::byte{0x40};
        write_contents(folder / "b.h5", damaged);
        const auto read = read_results(folder / "b.h5");
        ASSERT_FALSE(read) << i;
        EXPECT_THAT(read.error().message, HasSubstr("b.h5: damaged"));
    }
}

/// Puts a fresh seal on a shard that was changed, so that the checks behind the seal are reached.
void seal_again(const std::filesystem::path& path) {
    const Bytes bytes = contents_of(path);
    const Seal seal = seal_of(bytes);
    std::ofstream file{path, std::ios::binary | std::ios::app};
    file.write(reinterpret_cast<const char*>(seal.data()),
               static_cast<std::streamsize>(seal.size()));
}

TEST(BrokenFiles, EveryForgedShardHasItsOwnError) {
    const RunSpec run = sample_run();
    const auto blocks = sample_blocks(run);
    const hsize_t n = blocks.size();
    const std::vector<Spoiled> cases{
        {"another kind", [](hid_t f) { set_attribute(f, "kind", "cake"); }, "not a shard"},
        {"another schema", [](hid_t f) { set_attribute(f, "schema_version", 7); }, "schema 7"},
        {"no run", [](hid_t f) { H5Adelete(f, "run"); }, "no attribute run"},
        {"bad run", [](hid_t f) { set_attribute(f, "run", "xyz"); }, "attribute run: a digest"},
        {"bad count", [](hid_t f) { set_attribute(f, "blocks", 1); }, "attribute blocks says 1"},
        {"no index", [](hid_t f) { remove_item(f, "block"); }, "no dataset block"},
        {"no digest", [](hid_t f) { remove_item(f, "digest_low"); }, "no dataset digest_low"},
        {"no sums", [](hid_t f) { remove_item(f, "sum_high"); }, "no dataset sum_high"},
        {"wrong type",
         [n](hid_t f) { replace_array(f, "batch", H5T_IEEE_F64LE, {n}); },
         "batch: has another number type"},
        {"short index",
         [n](hid_t f) { replace_array(f, "books_first", H5T_STD_U64LE, {n}); },
         "books_first: expected the shape"},
        {"index of zeros",
         [n](hid_t f) { replace_array(f, "books_first", H5T_STD_U64LE, {n + 1}); },
         "books: expected the shape [0]"},
        {"falling index",
         [](hid_t f) { overwrite_number(f, "sums_first", 1, 1e9); },
         "sums_first: not ascending"},
        {"hole",
         [](hid_t f) { overwrite_number(f, "sums_first", 0, 1.0); },
         "sums_first: not ascending from 0"},
        {"blocks in disorder",
         [](hid_t f) { overwrite_number(f, "block", 1, 0.0); },
         "blocks are not in ascending order"},
        {"another number",
         [](hid_t f) { overwrite_number(f, "sum_low", 0, 1.0); },
         "block 0: its digest is not that of its contents"},
        {"another block",
         [](hid_t f) {
             overwrite_number(f, "block", 0, -0.0);
             overwrite_number(f, "column_first", 0, 8.0);
         },
         "block 0: its digest is not that of its contents"},
        {"NaN for a base value",
         [](hid_t f) {
             overwrite_number(f, "base_values", 0, std::numeric_limits<double>::quiet_NaN());
         },
         "block 0: its digest is not that of its contents"}};
    const TemporaryFolder folder;
    for (const Spoiled& spoiled : cases) {
        SCOPED_TRACE(spoiled.name);
        const auto path = folder / "a.h5";
        ASSERT_TRUE(write_shard(path, {}, blocks));
        change_file(path, spoiled.spoil);
        seal_again(path);
        const auto shard = read_shard(path);
        ASSERT_FALSE(shard);
        EXPECT_EQ(shard.error().code, ErrorCode::io);
        EXPECT_THAT(shard.error().message, HasSubstr(path.string() + ": "));
        EXPECT_THAT(shard.error().message, HasSubstr(spoiled.words));
    }
}

}  // namespace
}  // namespace vargrid::results
