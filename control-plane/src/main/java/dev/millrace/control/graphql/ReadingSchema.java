package dev.millrace.control.graphql;

import dev.millrace.control.http.Access;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import graphql.Scalars;
import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLOutputType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeReference;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Makes a GraphQL schema of what endpoints read: each is a field of the query, with its parameters
 * as arguments, and what belongs together can be followed from one to the other.
 */
final class ReadingSchema {
  private static final Pattern NAME = Pattern.compile("[_A-Za-z][_0-9A-Za-z]*");

  /** These are n8n's paths for the same. */
  private static final String COMPATIBLE = "/api/v1/";

  /**
   * A field that leads to another object, or to a list of them.
   *
   * @param type that gets it
   * @param endpoint that answers it
   * @param argument of the endpoint that is filled in
   * @param from the field that it is filled in from
   */
  private record Link(String type, String field, String endpoint, String argument, String from) {}

  private static final List<Link> LINKS =
      List.of(
          new Link("Execution", "workflow", "workflows.get", "id", "workflowId"),
          new Link("ExecutionWithData", "workflow", "workflows.get", "id", "workflowId"),
          new Link("WorkflowSummary", "executions", "executions.list", "workflowId", "id"),
          new Link("Workflow", "executions", "executions.list", "workflowId", "id"),
          new Link("WorkflowSummary", "project", "projects.get", "id", "projectId"),
          new Link("Workflow", "project", "projects.get", "id", "projectId"),
          new Link("Credential", "project", "projects.get", "id", "projectId"));

  private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();
  private final Reader reader;
  private final Map<String, GraphQLObjectType> types = new TreeMap<>();
  private final Set<String> reads = new HashSet<>();
  private final GraphQLCodeRegistry.Builder code = GraphQLCodeRegistry.newCodeRegistry();

  private ReadingSchema(List<Endpoint> all, Reader reader) {
    this.reader = reader;
    for (Endpoint endpoint : all) {
      if (endpoint.method().equals("GET")
          && !(endpoint.access() instanceof Access.Open)
          && !endpoint.path().startsWith(COMPATIBLE)
          && answer(endpoint).isPresent()) {
        endpoints.put(endpoint.id(), endpoint);
      }
    }
  }

  /**
   * A schema.
   *
   * @param reads the fields that are read by endpoints, as {@code Type.field}
   */
  record Built(GraphQLSchema schema, Set<String> reads) {}

  /** The schema, whose fields are read by a reader. */
  static Built of(List<Endpoint> endpoints, Reader reader) {
    return new ReadingSchema(endpoints, reader).build();
  }

  private Built build() {
    GraphQLObjectType.Builder query = GraphQLObjectType.newObject().name("Query");
    for (Endpoint endpoint : endpoints.values()) {
      String name = rootName(endpoint.id());
      query.field(field(name, endpoint, Optional.empty()));
      read("Query", name, endpoint, Optional.empty());
    }
    return new Built(
        GraphQLSchema.newSchema()
            .query(query)
            .additionalTypes(new HashSet<>(types.values()))
            .codeRegistry(code.build())
            .build(),
        Set.copyOf(reads));
  }

  private void read(String type, String field, Endpoint endpoint, Optional<Reader.Filled> filled) {
    reads.add(type + "." + field);
    code.dataFetcher(FieldCoordinates.coordinates(type, field), reader.fetcher(endpoint, filled));
  }

  /** {@code workflows} for {@code workflows.list}, {@code workflow} for {@code workflows.get}. */
  static String rootName(String id) {
    String subject = id.substring(0, id.indexOf('.'));
    String operation = id.substring(id.indexOf('.') + 1);
    return switch (operation) {
      case "list" -> subject;
      case "get" -> subject.replaceAll("s$", "");
      default -> subject + capital(operation);
    };
  }

  private static Optional<Schema> answer(Endpoint endpoint) {
    return endpoint.gives().stream()
        .filter(one -> one.type().equals("application/json"))
        .map(Endpoint.Gives::schema)
        .findFirst();
  }

  private GraphQLFieldDefinition field(String field, Endpoint endpoint, Optional<String> filled) {
    GraphQLFieldDefinition.Builder definition =
        GraphQLFieldDefinition.newFieldDefinition()
            .name(field)
            .description(endpoint.summary())
            // What fails is null, and the rest is answered.
            .type(type(answer(endpoint).orElseThrow(), capital(rootName(endpoint.id()))));
    for (String name : endpoint.pathParameters()) {
      if (!filled.equals(Optional.of(name))) {
        definition.argument(argument(name, GraphQLNonNull.nonNull(Scalars.GraphQLString), ""));
      }
    }
    for (Parameter parameter : endpoint.query().known()) {
      if (!filled.equals(Optional.of(parameter.name()))) {
        definition.argument(
            argument(parameter.name(), input(parameter.schema()), parameter.about()));
      }
    }
    return definition.build();
  }

  private static GraphQLArgument argument(String name, GraphQLInputType type, String about) {
    return GraphQLArgument.newArgument().name(name).type(type).description(about).build();
  }

  private static GraphQLInputType input(Schema schema) {
    return switch (schema) {
      case Schema.Whole whole -> Scalars.GraphQLInt;
      case Schema.Flag flag -> Scalars.GraphQLBoolean;
      case Schema.OrNull(Schema is) -> input(is);
      default -> Scalars.GraphQLString;
    };
  }

  /**
   * @param name of the type, where the schema has none of its own
   */
  private GraphQLOutputType type(Schema schema, String name) {
    return switch (schema) {
      case Schema.Named(String own, Schema is) -> type(is, own);
      case Schema.OrNull(Schema is) -> type(is, name);
      case Schema.Flag flag -> Scalars.GraphQLBoolean;
      case Schema.Text text -> Scalars.GraphQLString;
      case Schema.Choice choice -> Scalars.GraphQLString;
      case Schema.Whole whole -> Scalars.GraphQLFloat;
      case Schema.Decimal decimal -> Scalars.GraphQLFloat;
      case Schema.Items items -> GraphQLList.list(required(items.each(), name + "Item"));
      case Schema.Fields fields ->
          fields.fields().isEmpty() ? JsonScalar.TYPE : object(fields, name);
      case Schema.Any any -> JsonScalar.TYPE;
      case Schema.Mapping mapping -> JsonScalar.TYPE;
      case Schema.Either either -> JsonScalar.TYPE;
    };
  }

  private GraphQLOutputType required(Schema schema, String name) {
    GraphQLOutputType type = type(schema, name);
    return mayBeNull(schema) ? type : GraphQLNonNull.nonNull(type);
  }

  private static boolean mayBeNull(Schema schema) {
    return switch (schema) {
      case Schema.OrNull orNull -> true;
      case Schema.Any any -> true;
      case Schema.Named(String name, Schema is) -> mayBeNull(is);
      default -> false;
    };
  }

  private GraphQLOutputType object(Schema.Fields fields, String name) {
    if (!types.containsKey(name)) {
      GraphQLObjectType.Builder type = GraphQLObjectType.newObject().name(name);
      for (Schema.Field field : fields.fields()) {
        if (NAME.matcher(field.name()).matches()) {
          String below = name + capital(field.name());
          type.field(
              GraphQLFieldDefinition.newFieldDefinition()
                  .name(field.name())
                  .type(
                      field.required()
                          ? required(field.schema(), below)
                          : type(field.schema(), below)));
        }
      }
      if (fields.open()) {
        type.field(
            GraphQLFieldDefinition.newFieldDefinition()
                .name("json")
                .description("All of it")
                .type(JsonScalar.TYPE));
        code.dataFetcher(
            FieldCoordinates.coordinates(name, "json"),
            (DataFetcher<?>) DataFetchingEnvironment::getSource);
      }
      // Known before its links are made, which may lead back to it.
      types.put(name, type.build());
      types.put(name, linked(name, type));
    }
    return GraphQLTypeReference.typeRef(name);
  }

  private GraphQLObjectType linked(String name, GraphQLObjectType.Builder type) {
    for (Link link : LINKS) {
      Endpoint endpoint = endpoints.get(link.endpoint());
      if (link.type().equals(name) && endpoint != null) {
        type.field(field(link.field(), endpoint, Optional.of(link.argument())));
        read(
            name,
            link.field(),
            endpoint,
            Optional.of(new Reader.Filled(link.argument(), link.from())));
      }
    }
    return type.build();
  }

  private static String capital(String name) {
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }
}
