package dev.millrace.control.history;

import java.time.Instant;

/**
 * A record of the events topic as it was read.
 *
 * @param at the time that the broker or producer gave it
 * @param value shared: it must not be changed
 */
public record EventRecord(Place place, Instant at, byte[] value) {}
