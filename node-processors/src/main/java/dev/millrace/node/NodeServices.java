package dev.millrace.node;

import dev.millrace.expression.ExpressionEngine;

/**
 * What a node's constructor may ask for.
 *
 * @param expressions the expression engine, whose JavaScript sandbox also runs user code
 */
public record NodeServices(ExpressionEngine expressions) {}
