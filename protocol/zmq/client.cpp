#include "protocol/zmq/client.hpp"

#include "protocol/codec.hpp"
#include "protocol/version.hpp"
#include "protocol/zmq/dealer.hpp"
#include "protocol/zmq/endpoint.hpp"
#include "protocol/zmq/peer.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::protocol {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kInterruptInterval{100};
constexpr std::size_t kBlobsPerQuestion = 10'000;

ErrorCode error_code_of(RefusalCode code) {
    switch (code) {
        case RefusalCode::not_found:
            return ErrorCode::not_found;
        case RefusalCode::conflict:
            return ErrorCode::conflict;
        case RefusalCode::limit:
            return ErrorCode::limit;
        case RefusalCode::io:
            return ErrorCode::io;
        case RefusalCode::wrong_role:
            return ErrorCode::unauthorised;
        case RefusalCode::malformed:
        case RefusalCode::too_large:
        case RefusalCode::unsupported_version:
        case RefusalCode::unknown_message:
            return ErrorCode::invalid_input;
    }
    return ErrorCode::internal;
}

}  // namespace

struct Client::Impl {
    Impl(Context context_to_use,
         Dealer dealer_to_use,
         ClientOptions options_to_use,
         Peer self_to_use)
        : context{std::move(context_to_use)},
          dealer{std::move(dealer_to_use)},
          options{std::move(options_to_use)},
          self{self_to_use} {}

    [[nodiscard]] static Result<Dealer> dial(const Context& context,
                                             const ClientOptions& options,
                                             Peer self);
    /// An endpoint read from a file may have moved to another host.
    void follow_endpoint();

    /// Asks until an answer to this very question comes, or attempts are used up.
    Result<Body> ask(Body question);
    /// As ask(), for questions with one kind of answer.
    template <class Answer>
    Result<Answer> ask_for(Body question) {
        VARGRID_TRY(Body body, ask(std::move(question)));
        if (auto* answer = std::get_if<Answer>(&body)) {
            return std::move(*answer);
        }
        return Error{ErrorCode::internal,
                     options.endpoint + " gave an unexpected answer: " + name_of(body)};
    }
    /// The answer to `request` if it comes before `deadline`.
    Result<std::optional<Message>> answer_to(std::uint64_t request, Clock::time_point deadline);

    Context context;
    Dealer dealer;
    ClientOptions options;
    Peer self;
    Epoch epoch;
    std::uint64_t last_request{0};
    std::function<bool()> interrupted;
};

Result<std::optional<Message>> Client::Impl::answer_to(std::uint64_t request,
                                                       Clock::time_point deadline) {
    while (true) {
        while (auto bytes = dealer.receive()) {
            DecodeError why;
            auto message = decode(*bytes, &why);
            if (!message) {
                if (why.request == request) {
                    return Error{ErrorCode::invalid_input,
                                 options.endpoint + ": " + message.error().message};
                }
                continue;
            }
            // Answers to earlier questions, which were repeated, may still come in.
            if (message->request == request) {
                return std::optional{std::move(*message)};
            }
        }
        if (interrupted && interrupted()) {
            return Error{ErrorCode::unreachable, "interrupted"};
        }
        const auto left = deadline - Clock::now();
        if (left <= Clock::duration::zero()) {
            return std::optional<Message>{};
        }
        dealer.wait(std::min<std::chrono::nanoseconds>(left, kInterruptInterval));
    }
}

Result<Body> Client::Impl::ask(Body question) {
    const Message message{
        .epoch = epoch, .sender = self.id, .request = ++last_request, .body = std::move(question)};
    VARGRID_TRY_VOID(validate(message));
    const Bytes bytes = encode(message);
    for (int attempt = 0; attempt < options.attempts_max; ++attempt) {
        // A question that cannot even be queued is one without an answer: ask again later.
        static_cast<void>(dealer.send(bytes));
        VARGRID_TRY(auto answer, answer_to(message.request, Clock::now() + options.reply_timeout));
        if (!answer) {
            follow_endpoint();
            continue;
        }
        epoch = answer->epoch;
        if (const auto* refusal = std::get_if<Refusal>(&answer->body)) {
            return Error{error_code_of(refusal->code), refusal->text};
        }
        return std::move(answer->body);
    }
    const auto waited = options.reply_timeout * options.attempts_max;
    return Error{ErrorCode::unreachable,
                 "no answer from " + options.endpoint + " within " +
                     std::to_string(waited.count()) + " ms; is a scheduler running there?"};
}

Result<Dealer> Client::Impl::dial(const Context& context, const ClientOptions& options, Peer self) {
    return Dealer::connect(context,
                           DealerOptions{.endpoint = options.endpoint,
                                         .self = self,
                                         .reconnect_min = milliseconds{50},
                                         .reconnect_max = milliseconds{500},
                                         .linger = milliseconds{0}});
}

void Client::Impl::follow_endpoint() {
    const auto now_at = resolve_endpoint(options.endpoint);
    if (now_at && *now_at != dealer.endpoint()) {
        auto moved = dial(context, options, self);
        if (moved) {
            dealer = std::move(*moved);
        }
    }
}

Client::Client(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Client> Client::connect(const Context& context, const ClientOptions& options) {
    const Peer self{Role::client, random_id()};
    VARGRID_TRY(Dealer dealer, Impl::dial(context, options, self));
    return Client{std::make_unique<Impl>(context, std::move(dealer), options, self)};
}

Result<Digest> Client::put_blob(std::span<const std::byte> bytes) {
    if (bytes.size() > kBlobBytesMax) {
        return Error{ErrorCode::limit,
                     "a blob of " + std::to_string(bytes.size()) + " bytes; the most is " +
                         std::to_string(kBlobBytesMax)};
    }
    const Digest digest = blake2b(bytes);
    VARGRID_TRY(const auto missing, missing_blobs({digest}));
    if (missing.empty()) {
        return digest;
    }
    std::uint64_t offset = 0;
    int restarts = 0;
    while (true) {
        const std::size_t length = std::min<std::size_t>(kChunkBytesMax, bytes.size() - offset);
        const auto chunk = bytes.subspan(offset, length);
        auto stored = impl_->ask_for<BlobStored>(
            PutBlob{digest, bytes.size(), offset, Bytes{chunk.begin(), chunk.end()}});
        if (!stored) {
            // The scheduler restarted, or an answer was lost and the repeated chunk came twice: the
            // upload begins again. Content that does not match would do so for ever, hence the cap.
            if (stored.error().code == ErrorCode::conflict && ++restarts < 3) {
                offset = 0;
                continue;
            }
            return std::move(stored).error();
        }
        if (stored->complete) {
            return digest;
        }
        offset = stored->received;
        if (offset >= bytes.size()) {
            return Error{ErrorCode::internal, "the scheduler has all of a blob but not the blob"};
        }
    }
}

Result<Bytes> Client::get_blob(const Digest& digest) {
    Bytes bytes;
    std::uint64_t size = 0;
    do {
        VARGRID_TRY(const auto chunk,
                    impl_->ask_for<BlobChunk>(
                        GetBlob{digest, bytes.size(), static_cast<std::uint32_t>(kChunkBytesMax)}));
        if (chunk.digest != digest || chunk.offset != bytes.size() ||
            (chunk.bytes.empty() && chunk.size > bytes.size())) {
            return Error{ErrorCode::internal, "the scheduler sent another chunk than asked for"};
        }
        size = chunk.size;
        bytes.insert(bytes.end(), chunk.bytes.begin(), chunk.bytes.end());
    } while (bytes.size() < size);
    if (blake2b(bytes) != digest) {
        return Error{ErrorCode::io, "blob " + to_hex(digest) + " was damaged on its way"};
    }
    return bytes;
}

Result<std::vector<Digest>> Client::missing_blobs(const std::vector<Digest>& digests) {
    std::vector<Digest> missing;
    for (std::size_t first = 0; first < digests.size(); first += kBlobsPerQuestion) {
        const std::size_t last = std::min(digests.size(), first + kBlobsPerQuestion);
        HasBlobs question;
        for (std::size_t i = first; i < last; ++i) {
            question.digests.push_back(digests[i]);
        }
        VARGRID_TRY(const auto reply, impl_->ask_for<HasBlobsReply>(std::move(question)));
        missing.insert(missing.end(), reply.missing.begin(), reply.missing.end());
    }
    return missing;
}

Result<JobId> Client::submit(const SubmitJob& job) {
    VARGRID_TRY(const Body answer, impl_->ask(job));
    if (const auto* accepted = std::get_if<JobAccepted>(&answer)) {
        return accepted->job;
    }
    if (const auto* rejected = std::get_if<JobRejected>(&answer)) {
        return Error{ErrorCode::limit, "the scheduler rejects the job: " + rejected->reason};
    }
    return Error{ErrorCode::internal, std::string{"an unexpected answer: "} + name_of(answer)};
}

Result<JobInfo> Client::status(JobId job) {
    VARGRID_TRY(auto reply, impl_->ask_for<JobStatusReply>(JobStatus{job}));
    if (reply.jobs.size() != 1) {
        return Error{ErrorCode::not_found, "no job " + std::to_string(job.value())};
    }
    return std::move(reply.jobs.front());
}

Result<JobStatusReply> Client::jobs() {
    return impl_->ask_for<JobStatusReply>(JobStatus{});
}

Result<CancelReply> Client::cancel(JobId job) {
    return impl_->ask_for<CancelReply>(CancelJob{job});
}

Result<ControlReply> Client::control(const ControlJob& change) {
    return impl_->ask_for<ControlReply>(change);
}

Result<WorkersStatusReply> Client::workers() {
    return impl_->ask_for<WorkersStatusReply>(WorkersStatus{});
}

Result<WhyReply> Client::why(const Why& question) {
    return impl_->ask_for<WhyReply>(question);
}

void Client::set_interrupt(std::function<bool()> interrupted) {
    impl_->interrupted = std::move(interrupted);
}

}  // namespace vargrid::protocol
