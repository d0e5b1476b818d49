#include "scheduler/server/notices.hpp"

namespace vargrid::scheduler {
namespace {

const char* name_of_kind(NoticeKind kind) {
    switch (kind) {
        case NoticeKind::worker_joined:
            return "worker_joined";
        case NoticeKind::worker_left:
            return "worker_left";
        case NoticeKind::worker_lost:
            return "worker_lost";
        case NoticeKind::host_quarantined:
            return "host_quarantined";
        case NoticeKind::host_on_probation:
            return "host_on_probation";
        case NoticeKind::host_trusted_again:
            return "host_trusted_again";
        case NoticeKind::lease_stalled:
            return "lease_stalled";
        case NoticeKind::block_failed:
            return "block_failed";
        case NoticeKind::block_set_aside:
            return "block_set_aside";
        case NoticeKind::workers_vanish:
            return "workers_vanish";
        case NoticeKind::hosts_disagree:
            return "hosts_disagree";
        case NoticeKind::host_lied:
            return "host_lied";
    }
    return "notice";
}

/// Joining, leaving and reclaims are the normal life of a grid; the rest wants a look.
bool is_normal(NoticeKind kind) {
    return kind == NoticeKind::worker_joined || kind == NoticeKind::worker_left ||
           kind == NoticeKind::worker_lost || kind == NoticeKind::host_trusted_again;
}

}  // namespace

const char* name_of_state(JobState state) {
    switch (state) {
        case JobState::running:
            return "running";
        case JobState::finalising:
            return "finalising";
        case JobState::completed:
            return "completed";
        case JobState::incomplete:
            return "incomplete";
        case JobState::failed:
            return "failed";
        case JobState::cancelled:
            return "cancelled";
    }
    return "unknown";
}

void log_notice(ServerLog& log, const Notice& notice) {
    const char* const name = name_of_kind(notice.kind);
    if (notice.job == JobId{}) {
        const auto fields = {LogField{"worker", notice.worker_name},
                             LogField{"host", notice.host},
                             LogField{"text", notice.message}};
        is_normal(notice.kind) ? log.info(name, fields) : log.warn(name, fields);
        return;
    }
    const auto fields = {LogField{"worker", notice.worker_name},
                         LogField{"host", notice.host},
                         LogField{"job", notice.job.value()},
                         LogField{"block", notice.block},
                         LogField{"text", notice.message}};
    is_normal(notice.kind) ? log.info(name, fields) : log.warn(name, fields);
}

}  // namespace vargrid::scheduler
