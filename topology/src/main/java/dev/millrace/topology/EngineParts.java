package dev.millrace.topology;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.MillraceSerdes;

/** What every task of an engine shares. */
public record EngineParts(
    EngineSettings settings,
    NodeCatalogue catalogue,
    ExpressionEngine expressions,
    MillraceSerdes serdes) {}
