package dev.millrace.control.graphql;

import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Api;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import graphql.ExecutionInput;
import graphql.GraphQL;
import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import graphql.analysis.FieldComplexityEnvironment;
import graphql.analysis.MaxQueryComplexityInstrumentation;
import graphql.analysis.MaxQueryDepthInstrumentation;
import graphql.execution.DataFetcherExceptionHandler;
import graphql.execution.DataFetcherExceptionHandlerParameters;
import graphql.execution.DataFetcherExceptionHandlerResult;
import graphql.execution.instrumentation.ChainedInstrumentation;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers queries. Each field is read by the endpoint that it stands for, so that nobody sees by
 * this what he does not see otherwise. A query is refused before it runs when it goes too deep, or
 * could make too many endpoints work. Thread-safe.
 */
public final class GraphQlEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(GraphQlEndpoint.class);

  private static final int DEEPEST = 16;

  /** So many reads at most, those of each row of a list counted. */
  private static final int MOST_READS = 500;

  /** What the longest list has where nobody says how long. */
  private static final int USUAL_PAGE = 100;

  private static final int LONGEST = 20_000;

  private final Supplier<Api> api;
  private @Nullable GraphQL built;

  /**
   * @param api all endpoints; asked for when the first query comes
   */
  public GraphQlEndpoint(Supplier<Api> api) {
    this.api = api;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "POST",
                "/api/graphql",
                "graphql.query",
                "Reads by GraphQL what the endpoints of GET read",
                new Access.SignedIn(),
                this::answer)
            .takes(
                Schema.object()
                    .must("query", Schema.text(LONGEST))
                    .may("operationName", Schema.text().orNull())
                    .may("variables", Schema.free().orNull())
                    .may("extensions", Schema.free().orNull()))
            .gives(
                Schema.object()
                    .may("data", Schema.free().orNull())
                    .may("errors", Schema.listOf(Schema.free()))
                    .may("extensions", Schema.free())));
  }

  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  private Answer answer(Call call) {
    ExecutionInput.Builder input =
        ExecutionInput.newExecutionInput()
            .query(call.text("query"))
            .graphQLContext(Map.of(Reader.CALL, call));
    call.optionalText("operationName").ifPresent(input::operationName);
    if (call.body().get("variables") instanceof Map<?, ?> variables) {
      input.variables((Map<String, Object>) whole(variables));
    }
    return Answer.ok(plain(engine().execute(input.build()).toSpecification()));
  }

  private synchronized GraphQL engine() {
    GraphQL ready = built;
    if (ready == null) {
      ReadingSchema.Built schema = ReadingSchema.of(api.get().endpoints(), new Reader(api));
      ready =
          GraphQL.newGraphQL(schema.schema())
              .instrumentation(
                  new ChainedInstrumentation(
                      List.of(
                          new MaxQueryDepthInstrumentation(DEEPEST),
                          new MaxQueryComplexityInstrumentation(
                              MOST_READS,
                              (FieldComplexityEnvironment field, int below) ->
                                  reads(schema.reads(), field, below)))))
              .defaultDataFetcherExceptionHandler(new Told())
              .build();
      built = ready;
    }
    return ready;
  }

  /** How many reads a field makes, with those below it. */
  private static int reads(Set<String> reads, FieldComplexityEnvironment field, int below) {
    String name = field.getParentType().getName() + "." + field.getFieldDefinition().getName();
    boolean rows =
        GraphQLTypeUtil.unwrapNonNull(field.getFieldDefinition().getType()) instanceof GraphQLList;
    int each =
        field.getParentEnvironment() != null
                && field.getParentEnvironment().getArguments().get("limit") instanceof Integer limit
            ? limit
            : USUAL_PAGE;
    long all = (reads.contains(name) ? 1L : 0L) + (rows ? (long) each * below : below);
    return (int) Math.min(all, Integer.MAX_VALUE);
  }

  /** What went wrong, with its code and without what must not be told. */
  private static final class Told implements DataFetcherExceptionHandler {
    @Override
    public CompletableFuture<DataFetcherExceptionHandlerResult> handleException(
        DataFetcherExceptionHandlerParameters parameters) {
      Throwable thrown =
          parameters.getException() instanceof CompletionException wrapped
                  && wrapped.getCause() != null
              ? wrapped.getCause()
              : parameters.getException();
      ErrorCode code = ErrorCode.INTERNAL;
      String text = "The field could not be read";
      if (thrown instanceof MillraceException told
          && told.code().kind() != ErrorCode.Kind.INTERNAL) {
        code = told.code();
        text = told.text();
      } else {
        LOG.error("{} could not be read", parameters.getPath(), thrown);
      }
      GraphQLError error =
          GraphqlErrorBuilder.newError(parameters.getDataFetchingEnvironment())
              .message("%s", text)
              .extensions(Map.of("code", code.code(), "advice", code.advice()))
              .build();
      return CompletableFuture.completedFuture(
          DataFetcherExceptionHandlerResult.newResult(error).build());
    }
  }

  /** Whole numbers as such: the query's types know them from others. */
  private static @Nullable Object whole(@Nullable Object value) {
    return each(
        value,
        leaf ->
            leaf instanceof Double number
                    && number == Math.rint(number)
                    && Math.abs(number) < Integer.MAX_VALUE
                ? number.intValue()
                : leaf);
  }

  /** With every number a double, as JSON values are here. */
  private static @Nullable Object plain(@Nullable Object value) {
    return each(value, leaf -> leaf instanceof Number number ? number.doubleValue() : leaf);
  }

  /** The same value with something else in place of each leaf. */
  private static @Nullable Object each(@Nullable Object value, UnaryOperator<Object> leaf) {
    return switch (value) {
      case null -> null;
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        map.forEach((name, inner) -> all.put(String.valueOf(name), each(inner, leaf)));
        yield all;
      }
      case List<?> list -> {
        List<@Nullable Object> all = new ArrayList<>();
        list.forEach(inner -> all.add(each(inner, leaf)));
        yield all;
      }
      default -> leaf.apply(value);
    };
  }
}
