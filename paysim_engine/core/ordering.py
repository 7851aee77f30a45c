"""Putting packed columns in order without making objects.

Belongs here: sorting by integer keys. Does not belong here: what the keys mean. A list of tuples would say the same in
one line, but every number and tuple in it is an object: with netting that was a third of a run's time.
"""

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.queues import zeros


def counting(count: i64) -> vec[i64]:
    """The numbers 0 to `count - 1`."""
    out = zeros(count)
    for i in range(count):
        out[i] = i
    return out


def ordered(items: vec[i64], keys: vec[i64]) -> vec[i64]:
    """`items` by ascending `keys[item]`; equal keys stay in the order given. A merge sort, from pairs upwards."""
    count: i64 = len(items)
    source = items
    width: i64 = 1
    while width < count:
        target = zeros(count)
        start: i64 = 0
        while start < count:
            middle = min(start + width, count)
            end = min(middle + width, count)
            left = start
            right = middle
            for at in range(start, end):
                if right >= end or (left < middle and keys[source[left]] <= keys[source[right]]):
                    target[at] = source[left]
                    left += 1
                else:
                    target[at] = source[right]
                    right += 1
            start = end
        source = target
        width *= 2
    return source


def grouped(items: vec[i64], keys: vec[i64], groups: i64) -> vec[i64]:
    """As `ordered`, for keys from 0 to `groups - 1`, in time that grows with the number of items alone."""
    begin = zeros(groups + 1)
    for item in items:
        begin[keys[item] + 1] += 1
    for group in range(groups):
        begin[group + 1] += begin[group]
    out = zeros(len(items))
    for item in items:
        group = keys[item]
        out[begin[group]] = item
        begin[group] += 1
    return out
