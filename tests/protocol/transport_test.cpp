// Router, Dealer and Wakeup over a real loopback socket.
#include "protocol/zmq/dealer.hpp"
#include "protocol/zmq/peer.hpp"
#include "protocol/zmq/router.hpp"
#include "protocol/zmq/wakeup.hpp"
#include "tests/protocol/samples.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vargrid::protocol {
namespace {

using testing::bytes_of;
using namespace std::chrono_literals;

struct Received {
    std::string routing_id;
    std::string message;
};

/// The next message of a router, or nothing within five seconds.
std::optional<Received> next(Router& router) {
    std::optional<Received> received;
    for (int round = 0; round < 50 && !received; ++round) {
        router.wait(100ms);
        router.receive(1, [&](const Incoming& incoming) {
            received = {std::string{incoming.routing_id},
                        std::string{reinterpret_cast<const char*>(incoming.message.data()),
                                    incoming.message.size()}};
        });
    }
    return received;
}

std::optional<Bytes> next(Dealer& dealer) {
    for (int round = 0; round < 50; ++round) {
        if (auto message = dealer.receive()) {
            return message;
        }
        dealer.wait(100ms);
    }
    return {};
}

TEST(Peer, ARoutingIdComesBackAsThePeerItWas) {
    const Peer peer{Role::worker, 0x0102'0304'0506'07FFU};
    const std::string id = routing_id(peer);
    EXPECT_EQ(id.size(), 9U);
    EXPECT_EQ(id[0], 'W');
    EXPECT_EQ(id[1], '\x01');
    EXPECT_EQ(id[8], '\xFF');
    EXPECT_EQ(peer_of(id), peer);
}

TEST(Peer, OtherRoutingIdsAreNobody) {
    for (const std::string& id : {std::string{},
                                  std::string{"X12345678"},
                                  std::string{"W1234567"},
                                  std::string(9, '\0'),
                                  std::string{"C"} + std::string(8, '\0')}) {
        EXPECT_FALSE(peer_of(id).has_value());
    }
}

TEST(Transport, MessagesGoBothWaysAndNameTheirPeer) {
    const Context context;
    auto router = Router::bind(context, {});
    ASSERT_TRUE(router.has_value());
    EXPECT_TRUE(router->is_loopback());
    const Peer self{Role::worker, 42};
    auto dealer = Dealer::connect(context, {.endpoint = router->endpoint(), .self = self});
    ASSERT_TRUE(dealer.has_value());
    ASSERT_TRUE(dealer->send(bytes_of("hello")));
    const auto received = next(*router);
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(peer_of(received->routing_id), self);
    EXPECT_EQ(received->message, "hello");
    EXPECT_TRUE(router->send(received->routing_id, bytes_of("welcome")));
    EXPECT_EQ(next(*dealer), bytes_of("welcome"));
    EXPECT_EQ(dealer->connections(), 1U);
}

TEST(Transport, AMessageForNobodyIsCountedAndHarmless) {
    const Context context;
    auto router = Router::bind(context, {});
    ASSERT_TRUE(router.has_value());
    EXPECT_FALSE(router->send(routing_id({Role::worker, 7}), bytes_of("x")));
    EXPECT_EQ(router->stats().unroutable, 1U);
}

TEST(Transport, APeerThatComesBackTakesThePlaceOfItsOldConnection) {
    const Context context;
    auto router = Router::bind(context, {});
    ASSERT_TRUE(router.has_value());
    const DealerOptions options{.endpoint = router->endpoint(), .self = {Role::worker, 42}};
    auto first = Dealer::connect(context, options);
    ASSERT_TRUE(first->send(bytes_of("first")));
    ASSERT_EQ(next(*router)->message, "first");
    auto second = Dealer::connect(context, options);
    ASSERT_TRUE(second->send(bytes_of("second")));
    ASSERT_EQ(next(*router)->message, "second");
    EXPECT_TRUE(router->send(routing_id(options.self), bytes_of("answer")));
    EXPECT_EQ(next(*second), bytes_of("answer"));
}

TEST(Transport, ADealerReconnectsToANewRouterAndTells) {
    const Context context;
    std::optional<Router> router;
    {
        auto bound = Router::bind(context, {});
        ASSERT_TRUE(bound.has_value());
        router.emplace(std::move(*bound));
    }
    const std::string endpoint = router->endpoint();
    auto dealer = Dealer::connect(context,
                                  {.endpoint = endpoint,
                                   .self = {Role::worker, 42},
                                   .reconnect_min = 10ms,
                                   .reconnect_max = 50ms});
    ASSERT_TRUE(dealer->send(bytes_of("one")));
    ASSERT_EQ(next(*router)->message, "one");
    router.reset();
    for (int attempt = 0; attempt < 100 && !router; ++attempt) {
        auto bound = Router::bind(context, {.bind = endpoint});
        if (bound) {
            router.emplace(std::move(*bound));
        } else {
            dealer->wait(50ms);  // The old socket is closed in the background.
        }
    }
    ASSERT_TRUE(router.has_value());
    for (int round = 0; round < 100 && dealer->connections() < 2; ++round) {
        dealer->wait(50ms);
    }
    EXPECT_EQ(dealer->connections(), 2U);
    ASSERT_TRUE(dealer->send(bytes_of("two")));
    EXPECT_EQ(next(*router)->message, "two");
}

TEST(Transport, AnAddressInUseAndANonsenseAddressAreRefusedInWords) {
    const Context context;
    const auto router = Router::bind(context, {});
    ASSERT_TRUE(router.has_value());
    const auto taken = Router::bind(context, {.bind = router->endpoint()});
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().code, ErrorCode::conflict);
    EXPECT_NE(taken.error().message.find("another port"), std::string::npos);
    for (const char* const bad : {"", "localhost:1", "tcp://", "tcp://x y:1", "tcp://127.0.0.1"}) {
        const auto refused = Router::bind(context, {.bind = bad});
        ASSERT_FALSE(refused.has_value()) << bad;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_input) << bad;
        const auto dealer = Dealer::connect(context, {.endpoint = bad, .self = {Role::client, 1}});
        EXPECT_FALSE(dealer.has_value()) << bad;
    }
}

TEST(Wakeup, EndsTheWaitOfAnotherThread) {
    const Context context;
    auto router = Router::bind(context, {});
    auto wakeup = Wakeup::open();
    ASSERT_TRUE(wakeup.has_value());
    std::jthread other{[&] { wakeup->notify(); }};
    const auto before = std::chrono::steady_clock::now();
    router->wait(20s, &*wakeup);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST(Wakeup, IsForgottenOnceItEndedAWait) {
    const Context context;
    auto router = Router::bind(context, {});
    auto wakeup = Wakeup::open();
    wakeup->notify();
    wakeup->notify();
    router->wait(20s, &*wakeup);
    const auto before = std::chrono::steady_clock::now();
    router->wait(20ms, &*wakeup);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 15ms);
}

}  // namespace
}  // namespace vargrid::protocol
