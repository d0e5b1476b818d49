#include "pricing/history/text_file.hpp"

#include "folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>

#include <string>

namespace vargrid {
namespace {

using ::testing::HasSubstr;

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string xz(const std::string& text) {
    std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(0,
                                      LZMA_CHECK_CRC64,
                                      nullptr,
                                      reinterpret_cast<const std::uint8_t*>(text.data()),
                                      text.size(),
                                      reinterpret_cast<std::uint8_t*>(packed.data()),
                                      &size,
                                      packed.size()),
              LZMA_OK);
    packed.resize(size);
    return packed;
}

std::string some_text() {
    std::string text;
    for (int i = 0; i < 5'000; ++i) {
        text += std::to_string(i * 7919 % 100'003) + ",";
    }
    return text;
}

TEST(TextFile, GivesTheSameTextHoweverItIsPacked) {
    const TestFolder folder;
    const std::string text = some_text();
    EXPECT_EQ(*read_text_file(folder.write("plain.csv", text)), text);
    EXPECT_EQ(*read_text_file(folder.write("packed.csv.gz", gzip(text))), text);
    EXPECT_EQ(*read_text_file(folder.write("packed.csv.xz", xz(text))), text);
    EXPECT_EQ(*read_text_file(folder.write("no-extension", xz(text))), text);
    EXPECT_EQ(*read_text_file(folder.write("empty.csv", "")), "");
}

TEST(TextFile, ReadsFilesThatWereConcatenated) {
    const TestFolder folder;
    EXPECT_EQ(*read_text_file(folder.write("two.gz", gzip("one,") + gzip("two"))), "one,two");
    EXPECT_EQ(*read_text_file(folder.write("two.xz", xz("one,") + xz("two"))), "one,two");
}

TEST(TextFile, SaysThatAPackedFileIsTruncatedWhereverItWasCut) {
    const TestFolder folder;
    const std::string text = some_text();
    for (const bool is_gzip : {true, false}) {
        const std::string packed = is_gzip ? gzip(text) : xz(text);
        for (const std::size_t cut : {std::size_t{7}, packed.size() / 2, packed.size() - 1}) {
            const auto file = folder.write(is_gzip ? "cut.gz" : "cut.xz", packed.substr(0, cut));
            const auto result = read_text_file(file);
            ASSERT_FALSE(result) << cut;
            EXPECT_EQ(result.error().code, ErrorCode::io);
            EXPECT_THAT(result.error().message, HasSubstr(file.string()));
            EXPECT_THAT(result.error().message, HasSubstr("truncated"));
        }
    }
}

TEST(TextFile, NoticesDamage) {
    const TestFolder folder;
    for (const bool is_gzip : {true, false}) {
        std::string packed = is_gzip ? gzip(some_text()) : xz(some_text());
        packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x40);
        const auto result = read_text_file(folder.write("damaged", packed));
        ASSERT_FALSE(result);
        EXPECT_THAT(result.error().message, HasSubstr("damaged"));
    }
}

TEST(TextFile, StopsAtItsLimits) {
    const TestFolder folder;
    const std::string text(1'000'000, 'x');
    for (const std::string& packed : {gzip(text), xz(text)}) {
        const auto result = read_text_file(folder.write("bomb", packed), {1 << 20, 999'999});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::limit);
    }
    const auto result = read_text_file(folder.write("large", text), {999'999, 1 << 30});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::limit);
}

TEST(TextFile, NamesWhatItCannotRead) {
    const TestFolder folder;
    EXPECT_THAT(read_text_file(folder.path() / "none.csv").error().message,
                HasSubstr("none.csv: no such file"));
    EXPECT_THAT(read_text_file(folder.path()).error().message, HasSubstr("is not a file"));
    EXPECT_THAT(read_text_file(folder.write("not.gz", "Date,USD\n")).error().message,
                HasSubstr("is named .gz but is not gzip data"));
}

}  // namespace
}  // namespace vargrid
