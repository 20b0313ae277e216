package dev.millrace.worker;

/**
 * What a pump did since it was made, and what it has in hand.
 *
 * @param inFlight tasks that run or wait to be given back
 * @param bytes size of their keys and values
 * @param done tasks that their handler finished
 * @param released tasks given back, because they failed or the pump was stopped
 * @param givenUp tasks that were delivered too often
 * @param renewed how often the broker was told that a task still runs
 * @param lost deliveries that the broker took back while the task ran, by a broken connection or a
 *     lock that ran out; such a task may run a second time elsewhere
 * @param consumers consumers made; more than one means that one failed and was replaced
 */
public record PumpMetrics(
    int inFlight,
    long bytes,
    long done,
    long released,
    long givenUp,
    long renewed,
    long lost,
    int consumers) {}
