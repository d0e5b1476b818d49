// A temporary folder that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <stdlib.h>

namespace vargrid::scheduler::testing {

class TestFolder {
  public:
    TestFolder() {
        // In memory where there is such a place: these tests wait for the disk very often.
        const std::filesystem::path memory = "/dev/shm";
        const auto parent =
            std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
        std::string pattern = (parent / "vargrid-test-XXXXXX").string();
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        path_ = pattern;
    }
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// What a process killed now would leave behind: the files as they are.
    void copy_to(const std::filesystem::path& other) const {
        std::filesystem::copy(path_,
                              other,
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::overwrite_existing);
    }

  private:
    std::filesystem::path path_;
};

}  // namespace vargrid::scheduler::testing
