/**
 * Faults under load, and the proof from the topics that nothing was lost or done twice.
 *
 * <p>A {@link dev.millrace.chaos.Rig} is a whole installation: brokers, engines, workers and a
 * webhook server, each a {@link dev.millrace.chaos.RigProcess} that can be killed, frozen, stopped
 * and started; under the constant {@link dev.millrace.chaos.RigLoad} of every kind of workflow in
 * {@link dev.millrace.chaos.Mix}, which call a {@link dev.millrace.chaos.RecordingStub}. {@link
 * dev.millrace.chaos.Progress} says where and for how long nothing went on.
 *
 * <p>A {@link dev.millrace.chaos.Scenario} is one class: it brings a fault about, again and again
 * ({@link dev.millrace.chaos.Faults}), and leaves every process running. A new one is added to the
 * list in {@link dev.millrace.chaos.Chaos}, and to the table in {@code docs/reliability.md}. It
 * says which parts it touches, so that the short form brings faults of different parts at the same
 * time, and brings workflows of its own along where the mix has none for it, with how they have to
 * end. Whatever it did, {@link dev.millrace.chaos.Rig#verify} then holds everything that the topics
 * show against what was promised: each accepted call has one execution, which is over or waits as
 * it should ({@link dev.millrace.chaos.Oracle}); each run of each node is there once, with the
 * items that the core alone comes to without any fault ({@link dev.millrace.chaos.Reference}); each
 * call of the stub has its one key; the lag is zero, and every stream thread lives.
 *
 * <p>{@code chaos kill} is older and smaller: it kills the one process of {@code ./millrace up}
 * ({@link dev.millrace.chaos.KillChaos}).
 */
@NullMarked
package dev.millrace.chaos;

import org.jspecify.annotations.NullMarked;
