package dev.millrace.workflow;

/**
 * An edge of type {@code main} from one output of a node to one input of another.
 *
 * @param position its place among the connections of that output, which breaks ties of the
 *     execution order
 */
public record Connection(String from, int output, String to, int input, int position) {}
