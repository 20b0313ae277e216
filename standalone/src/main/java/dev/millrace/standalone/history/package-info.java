/** What executions did, from the events topic: retry, replay, cancel and backtest. */
@NullMarked
package dev.millrace.standalone.history;

import org.jspecify.annotations.NullMarked;
