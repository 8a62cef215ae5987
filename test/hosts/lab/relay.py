"""relay.py PORT TAP DELAY_US JITTER_US LOSS_PERCENT RATE_KBIT, with /dev/net/tun as stdin: the lab's slow wire.

Carries frames between a host's end of its wire PORT and a new tap TAP, late: half of the delay each way. It stands in for
tc's netem, which not every kernel has. Frames pass with their virtio header, so that offloaded checksums and segments
keep working. Run by `hosts delay` as root, in the lab's network; ends when it is killed.
"""
import collections
import fcntl
import os
import random
import select
import socket
import struct
import sys
import time

# linux/if_tun.h
TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 0x01, 0x02, 0x04
# linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL = 3
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
BUFFER_BYTES = 8 << 20
MAX_FRAME_BYTES = 70000
MAX_FRAMES_A_TURN = 64
MAX_QUEUED_SECONDS = 1.0  # by the rate limit: more is dropped

port, tap = sys.argv[1], sys.argv[2]
delay_us, jitter_us, loss_percent, rate_kbit = (float(word) for word in sys.argv[3:7])
half, jitter, loss = delay_us / 2e6, jitter_us / 2e6, loss_percent / 100

tun = 0
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", tap.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
fcntl.ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
packet.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
packet.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
packet.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
packet.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)
packet.bind((port, 0))
packet.setblocking(False)
os.set_blocking(tun, False)
wire = packet.fileno()

# All three by the descriptor that frames go to.
queues = {tun: collections.deque(), wire: collections.deque()}
last_due = {tun: 0.0, wire: 0.0}
free_at = {tun: 0.0, wire: 0.0}


def take(source, target):
    """Reads the frames that are there and queues each for its time."""
    for _ in range(MAX_FRAMES_A_TURN):
        try:
            frame = os.read(source, MAX_FRAME_BYTES)
        except OSError:  # nothing more, or the wire is down
            return
        if loss and random.random() < loss:
            continue
        due = time.monotonic()
        if rate_kbit:
            if free_at[target] > due + MAX_QUEUED_SECONDS:
                continue
            free_at[target] = due = max(due, free_at[target]) + len(frame) * 8 / (rate_kbit * 1000)
        due += half + (random.uniform(-jitter, jitter) if jitter else 0)
        last_due[target] = due = max(due, last_due[target])  # never out of order
        queues[target].append((due, frame))


poll = select.poll()
poll.register(tun, select.POLLIN)
poll.register(wire, select.POLLIN)
while True:
    due = [queue[0][0] for queue in queues.values() if queue]
    wait_ms = max(0, (min(due) - time.monotonic()) * 1000) if due else None
    # poll counts whole milliseconds: the rest is slept
    if wait_ms is not None and wait_ms < 1:
        ready = poll.poll(0)
        if not ready and wait_ms > 0.05:
            time.sleep(min(wait_ms, 0.3) / 1000)
    else:
        ready = poll.poll(wait_ms)
    for descriptor, _ in ready:
        take(descriptor, wire if descriptor == tun else tun)
    now = time.monotonic()
    for target, queue in queues.items():
        while queue and queue[0][0] <= now:
            try:
                os.write(target, queue.popleft()[1])
            except OSError:
                pass  # the wire is down: lost, as on a real one
