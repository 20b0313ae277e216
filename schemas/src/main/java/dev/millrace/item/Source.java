package dev.millrace.item;

/**
 * Which output of which run of a node some items came from.
 *
 * @param node the node's name
 * @param output index of its output
 * @param run index of its run
 */
public record Source(String node, int output, int run) {}
