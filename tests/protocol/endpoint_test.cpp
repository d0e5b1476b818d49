// Where the scheduler is, said outright or through a file.
#include "protocol/zmq/endpoint.hpp"

#include "protocol/zmq/client.hpp"
#include "protocol/zmq/router.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace vargrid::protocol {
namespace {

class EndpointFile : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string folder = ::testing::TempDir() + "endpoint-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "endpoint"; }
    [[nodiscard]] std::string option() const { return "file:" + path().string(); }
    void holds(const std::string& text) const { std::ofstream{path()} << text; }

    std::filesystem::path folder_;
};

TEST(Endpoint, SaidOutrightIsItself) {
    EXPECT_EQ(*resolve_endpoint("tcp://h:1"), "tcp://h:1");
    for (const char* text : {"", "h:1", "http://h:1", "file:"}) {
        EXPECT_EQ(resolve_endpoint(text).error().code, ErrorCode::invalid_input) << text;
    }
}

TEST_F(EndpointFile, IsReadBackAsItWasWrittenAndReplacedWhole) {
    ASSERT_TRUE(write_endpoint_file(path(), "tcp://h:1"));
    EXPECT_EQ(*resolve_endpoint(option()), "tcp://h:1");
    ASSERT_TRUE(write_endpoint_file(path(), "tcp://longer-name:5700"));
    EXPECT_EQ(*resolve_endpoint(option()), "tcp://longer-name:5700");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1) << "litter";
}

TEST_F(EndpointFile, ThatIsNotThereYetOrEmptyIsNoSchedulerYet) {
    EXPECT_EQ(resolve_endpoint(option()).error().code, ErrorCode::unreachable);
    holds("");
    EXPECT_EQ(resolve_endpoint(option()).error().code, ErrorCode::unreachable);
}

TEST_F(EndpointFile, WithSomethingElseIsRefusedInWords) {
    holds("ssh://h\n");
    const auto found = resolve_endpoint(option());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::invalid_input);
    EXPECT_NE(found.error().message.find(path().string()), std::string::npos);
    holds(std::string(100'000, 'x'));
    EXPECT_FALSE(resolve_endpoint(option()));
}

TEST_F(EndpointFile, ThatCannotBeWrittenIsAnError) {
    EXPECT_EQ(write_endpoint_file(folder_ / "missing" / "endpoint", "tcp://h:1").error().code,
              ErrorCode::io);
}

TEST(Endpoint, BoundToEveryAddressGetsTheNameOfTheMachine) {
    EXPECT_EQ(reachable_endpoint("tcp://127.0.0.1:5700", ""), "tcp://127.0.0.1:5700");
    EXPECT_EQ(reachable_endpoint("tcp://0.0.0.0:5700", "n7"), "tcp://n7:5700");
    EXPECT_EQ(reachable_endpoint("tcp://10.0.0.1:5700", "n7"), "tcp://n7:5700");
    const std::string own = reachable_endpoint("tcp://0.0.0.0:5700", "");
    EXPECT_EQ(own.find("0.0.0.0"), std::string::npos) << own;
    EXPECT_TRUE(own.ends_with(":5700")) << own;
}

TEST_F(EndpointFile, AClientFollowsASchedulerThatMoves) {
    const Context context;
    auto nobody = Router::bind(context, {});
    auto somebody = Router::bind(context, {});
    ASSERT_TRUE(nobody && somebody);
    ASSERT_TRUE(write_endpoint_file(path(), nobody->endpoint()));
    auto client = Client::connect(
        context,
        {.endpoint = option(), .reply_timeout = std::chrono::milliseconds{50}, .attempts_max = 2});
    ASSERT_TRUE(client);
    ASSERT_TRUE(write_endpoint_file(path(), somebody->endpoint()));
    EXPECT_FALSE(client->workers());  // Nobody answers, but the question reaches both.
    for (Router* const router : {&*nobody, &*somebody}) {
        router->wait(std::chrono::seconds{5});
        EXPECT_EQ(router->receive(1, [](const Incoming& /*question*/) {}), 1U);
    }
}

}  // namespace
}  // namespace vargrid::protocol
