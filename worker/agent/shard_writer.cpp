#include "worker/agent/shard_writer.hpp"

#include <exception>
#include <utility>

namespace vargrid::worker {

ShardWriter::ShardWriter(TaskRunner& runner, EventQueue& events)
    : runner_{runner}, events_{events}, thread_{[this](const std::stop_token& ending) {
          serve(ending);
      }} {}

ShardWriter::~ShardWriter() {
    thread_.request_stop();
}

void ShardWriter::write(WriteShard order, std::shared_ptr<RunningTask> task) {
    put(WriteOrder{std::move(order), std::move(task)});
}

void ShardWriter::remove(std::string output_folder, std::string name) {
    put(RemoveOrder{std::move(output_folder), std::move(name)});
}

void ShardWriter::accepted(std::shared_ptr<RunningTask> task) {
    put(AcceptedOrder{std::move(task)});
}

void ShardWriter::put(Order order) {
    {
        const std::lock_guard lock{mutex_};
        orders_.push_back(std::move(order));
    }
    changed_.notify_one();
}

void ShardWriter::serve(const std::stop_token& ending) {
    while (true) {
        Order order;
        {
            std::unique_lock lock{mutex_};
            if (!changed_.wait(lock, ending, [this] { return !orders_.empty(); }) ||
                ending.stop_requested()) {
                return;
            }
            order = std::move(orders_.front());
            orders_.pop_front();
        }
        if (const auto* write = std::get_if<WriteOrder>(&order)) {
            carry_out(*write);
        } else if (const auto* remove = std::get_if<RemoveOrder>(&order)) {
            runner_.delete_shard(remove->output_folder, remove->name);
        } else {
            std::get<AcceptedOrder>(order).task->accepted();
        }
    }
}

void ShardWriter::carry_out(const WriteOrder& order) {
    const Attempt attempt = order.order.attempt;
    const std::uint32_t part = order.order.part;
    auto written = [&]() -> Result<RunningTask::Shard> {
        try {
            if (order.order.digest_only) {
                VARGRID_TRY(auto ranges, order.task->digests(order.order.ranges));
                return RunningTask::Shard{.name = {}, .ranges = std::move(ranges)};
            }
            return order.task->write(part, order.order.ranges);
        } catch (const std::exception& error) {  // Out of memory; the blocks go back.
            return Error{ErrorCode::limit, error.what()};
        }
    }();
    if (written) {
        events_.post(ShardWritten{.attempt = attempt,
                                  .part = part,
                                  .name = std::move(written->name),
                                  .ranges = std::move(written->ranges)});
    } else {
        events_.post(
            ShardFailed{.attempt = attempt, .part = part, .message = written.error().message});
    }
}

}  // namespace vargrid::worker
