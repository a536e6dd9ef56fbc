/* SPDX-License-Identifier: MIT
 * group.h - several runs of one shape on one device: a member's operations wait for their like, and go to the device together
 *
 * A member is a backend of its own, for a thread of its own, whose run knows nothing of the others: it is to the bit what it would
 * be alone. Operations are put into the member's queue; as soon as every member has one there, those that are alike are taken
 * from all queues and become one operation of the device, for all members at once where the device can (`side_by_side`), else
 * one after the other. Of operations that differ the one that comes latest in a training step goes first, so that members that got
 * out of step meet again: who is ahead waits where an epoch begins to look at windows. Reads, writes and copies are the member's
 * own: they wait until its queue is empty and are then done at once. What an operation fails with is told by it or by a later call.
 */
#ifndef RNN_BACKEND_GROUP_H
#define RNN_BACKEND_GROUP_H

#include "backend/backend.h"

typedef struct rnn_group rnn_group;

/* From here to rnn_group_close the device is the group's, and every member asks it for the same buffers and plans in the same
 * order, `sharing` those that they fill alike; they live as long as the group. A call of the device that fails fails for every
 * member, with its message, and so do all calls after it. Its members count as verified: whoever opens it sees to that. */
rnn_status rnn_group_open(rnn_backend *device, size_t members, rnn_group **out);

/* Member `index`, the group's. For one thread. */
rnn_backend *rnn_group_member(rnn_group *group, size_t index);

/* The member asks for nothing any more: the others do not wait for it. What is in its queue is left undone. */
void rnn_group_leave(rnn_backend *head);

/* Once all have left. NULL is fine. */
void rnn_group_close(rnn_group *group);

#endif
