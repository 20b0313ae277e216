package dev.millrace.engine;

import java.util.List;

/**
 * What a command led to.
 *
 * @param events in order; they are already applied to the state that was decided on
 * @param effects in order
 */
public record Decision(List<Event> events, List<Effect> effects) {}
