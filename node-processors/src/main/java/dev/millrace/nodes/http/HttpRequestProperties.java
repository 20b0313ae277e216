package dev.millrace.nodes.http;

import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The parameters of HTTP Request from version 3 on. */
final class HttpRequestProperties {
  private HttpRequestProperties() {}

  static List<Property> all() {
    List<Property> all = new ArrayList<>();
    all.add(Property.of("curlImport", "curlImport", "", ""));
    all.add(
        Property.of("options", "method", "Method", "GET")
            .withOptions(
                List.of(
                    Property.option("DELETE", "DELETE"),
                    Property.option("GET", "GET"),
                    Property.option("HEAD", "HEAD"),
                    Property.option("OPTIONS", "OPTIONS"),
                    Property.option("PATCH", "PATCH"),
                    Property.option("POST", "POST"),
                    Property.option("PUT", "PUT"),
                    offered("COPY"),
                    kept("COPY"),
                    offered("MKCOL"),
                    kept("MKCOL"),
                    offered("MOVE"),
                    kept("MOVE"),
                    offered("PROPFIND"),
                    kept("PROPFIND"),
                    offered("REPORT"),
                    kept("REPORT"))));
    all.add(Property.string("url", "URL", "").asRequired());
    all.add(
        Property.options(
                "authentication",
                "Authentication",
                "none",
                Property.option("None", "none"),
                Property.option("Predefined Credential Type", "predefinedCredentialType"),
                Property.option("Generic Credential Type", "genericCredentialType"))
            .withExtra("noExpression", true));
    all.addAll(credentialTypes());
    all.add(
        Property.bool("provideSslCertificates", "SSL Certificates", false)
            .withExtra("isNodeSetting", true));
    all.add(
        Property.of("credentials", "sslCertificate", "SSL Certificate", "")
            .showWhen("provideSslCertificates", true));
    all.add(
        Property.bool("sendQuery", "Send Query Parameters", false).withExtra("noExpression", true));
    all.add(specify("specifyQuery", "Specify Query Parameters").showWhen("sendQuery", true));
    all.add(
        pairs("queryParameters", "Query Parameters", "Query Parameter")
            .showWhen("sendQuery", true)
            .showWhen("specifyQuery", "keypair"));
    all.add(
        Property.of("json", "jsonQuery", "JSON", "")
            .showWhen("sendQuery", true)
            .showWhen("specifyQuery", "json"));
    all.add(Property.bool("sendHeaders", "Send Headers", false).withExtra("noExpression", true));
    all.add(specify("specifyHeaders", "Specify Headers").showWhen("sendHeaders", true));
    all.add(
        pairs("headerParameters", "Headers", "Header")
            .showWhen("sendHeaders", true)
            .showWhen("specifyHeaders", "keypair"));
    all.add(
        Property.of("json", "jsonHeaders", "JSON", "")
            .showWhen("sendHeaders", true)
            .showWhen("specifyHeaders", "json"));
    all.add(Property.bool("sendBody", "Send Body", false).withExtra("noExpression", true));
    all.addAll(body());
    all.add(Property.collection("options", "Options", options().toArray(new Property[0])));
    all.addAll(optimizing());
    // Everything above is of version 3 and later, unless it says so itself.
    return all.stream().map(property -> property.hideWhen("@version", 1, 2)).toList();
  }

  /** Which credential, for the two kinds of authentication by type. */
  static List<Property> credentialTypes() {
    return List.of(
        Property.of("credentialsSelect", "nodeCredentialType", "Credential Type", "")
            .asRequired()
            .withExtra("noExpression", true)
            .showWhen("authentication", "predefinedCredentialType"),
        Property.of("credentialsSelect", "genericAuthType", "Generic Auth Type", "")
            .asRequired()
            .showWhen("authentication", "genericCredentialType"));
  }

  private static Property.Option offered(String method) {
    return new Property.Option(
        method, method, Map.of("show", Map.of("options.webdavMethods", List.of(true))));
  }

  /** A method that a workflow uses stays a choice when the option is turned off. */
  private static Property.Option kept(String method) {
    return new Property.Option(
        method,
        method,
        Map.of(
            "hide",
            Map.of(
                "method",
                List.of(Map.of("_cnd", Map.of("not", method))),
                "options.webdavMethods",
                List.of(true))));
  }

  private static Property specify(String name, String label) {
    return Property.options(
        name,
        label,
        "keypair",
        Property.option("Using Fields Below", "keypair"),
        Property.option("Using JSON", "json"));
  }

  private static Property pairs(String name, String label, String row) {
    return Property.fixedCollection(
            name,
            label,
            Property.group(
                "parameters",
                row,
                Property.string("name", "Name", ""),
                Property.string("value", "Value", "")))
        .withDefault(Map.of("parameters", List.of(Map.of("name", "", "value", ""))))
        .withTypeOption("multipleValues", true);
  }

  private static List<Property> body() {
    return List.of(
        Property.options(
                "contentType",
                "Body Content Type",
                "json",
                Property.option("Form URL Encoded", "form-urlencoded"),
                Property.option("Form-Data", "multipart-form-data"),
                Property.option("JSON", "json"),
                Property.option("n8n Binary File", "binaryData"),
                Property.option("Raw", "raw"))
            .showWhen("sendBody", true),
        specify("specifyBody", "Specify Body")
            .showWhen("sendBody", true)
            .showWhen("contentType", "json"),
        pairs("bodyParameters", "Body Parameters", "Body Field")
            .showWhen("sendBody", true)
            .showWhen("contentType", "json")
            .showWhen("specifyBody", "keypair"),
        Property.of("json", "jsonBody", "JSON", "")
            .showWhen("sendBody", true)
            .showWhen("contentType", "json")
            .showWhen("specifyBody", "json"),
        Property.fixedCollection(
                "bodyParameters",
                "Body",
                Property.group(
                    "parameters",
                    "Body Field",
                    Property.options(
                        "parameterType",
                        "Type",
                        "formData",
                        Property.option("n8n Binary File", "formBinaryData"),
                        Property.option("Form Data", "formData")),
                    Property.string("name", "Name", ""),
                    Property.string("value", "Value", "").showWhen("parameterType", "formData"),
                    Property.string("inputDataFieldName", "Input Data Field Name", "")
                        .showWhen("parameterType", "formBinaryData")))
            .withDefault(Map.of("parameters", List.of(Map.of("name", "", "value", ""))))
            .withTypeOption("multipleValues", true)
            .showWhen("sendBody", true)
            .showWhen("contentType", "multipart-form-data"),
        Property.options(
                "specifyBody",
                "Specify Body",
                "keypair",
                Property.option("Using Fields Below", "keypair"),
                Property.option("Using Single Field", "string"))
            .showWhen("sendBody", true)
            .showWhen("contentType", "form-urlencoded"),
        pairs("bodyParameters", "Body Fields", "Field")
            .showWhen("sendBody", true)
            .showWhen("contentType", "form-urlencoded")
            .showWhen("specifyBody", "keypair"),
        Property.string("body", "Body", "")
            .showWhen("sendBody", true)
            .showWhen("specifyBody", "string"),
        Property.string("inputDataFieldName", "Input Data Field Name", "")
            .showWhen("sendBody", true)
            .showWhen("contentType", "binaryData"),
        Property.string("rawContentType", "Content Type", "")
            .showWhen("sendBody", true)
            .showWhen("contentType", "raw"),
        Property.string("body", "Body", "")
            .showWhen("sendBody", true)
            .showWhen("contentType", "raw"));
  }

  private static Property single(String name, String label, String group, Property... members) {
    return Property.fixedCollection(name, label, Property.group(group, label, members))
        .withDefault(Map.of(group, Map.of()))
        .withTypeOption("multipleValues", false);
  }

  private static List<Property> options() {
    return List.of(
        single(
            "batching",
            "Batching",
            "batch",
            Property.number("batchSize", "Items per Batch", 50).withTypeOption("minValue", -1),
            Property.number("batchInterval", "Batch Interval (ms)", 1000)
                .withTypeOption("minValue", 0)),
        Property.bool("allowUnauthorizedCerts", "Ignore SSL Issues (Insecure)", false)
            .withExtra("noExpression", true),
        Property.options(
                "queryParameterArrays",
                "Array Format in Query Parameters",
                "brackets",
                Property.option("No Brackets", "repeat"),
                Property.option("Brackets Only", "brackets"),
                Property.option("Brackets with Indices", "indices"))
            .showWhen("/sendQuery", true),
        Property.bool("lowercaseHeaders", "Lowercase Headers", true),
        single(
            "redirect",
            "Redirects",
            "redirect",
            Property.bool("followRedirects", "Follow Redirects", false)
                .withExtra("noExpression", true)
                .showWhen("@version", 3),
            Property.bool("followRedirects", "Follow Redirects", true)
                .withExtra("noExpression", true)
                .hideWhen("@version", 3),
            Property.number("maxRedirects", "Max Redirects", 21).showWhen("followRedirects", true)),
        single(
            "response",
            "Response",
            "response",
            Property.bool("fullResponse", "Include Response Headers and Status", false),
            Property.bool("neverError", "Never Error", false),
            Property.options(
                    "responseFormat",
                    "Response Format",
                    "autodetect",
                    Property.option("Autodetect", "autodetect"),
                    Property.option("File", "file"),
                    Property.option("JSON", "json"),
                    Property.option("Text", "text"))
                .withExtra("noExpression", true),
            Property.string("outputPropertyName", "Put Output in Field", "data")
                .asRequired()
                .showWhen("responseFormat", "file", "text")),
        pagination(),
        Property.string("proxy", "Proxy", ""),
        Property.number("timeout", "Timeout", 10_000).withTypeOption("minValue", 1),
        Property.bool(
            "sendCredentialsOnCrossOriginRedirect",
            "Send Credentials on Cross-Origin Redirect",
            false),
        Property.bool("webdavMethods", "Enable WebDAV Methods", false));
  }

  private static Property pagination() {
    return single(
        "pagination",
        "Pagination",
        "pagination",
        Property.options(
            "paginationMode",
            "Pagination Mode",
            "updateAParameterInEachRequest",
            Property.option("Off", "off"),
            Property.option("Update a Parameter in Each Request", "updateAParameterInEachRequest"),
            Property.option("Response Contains Next URL", "responseContainsNextURL")),
        Property.string("nextURL", "Next URL", "")
            .showWhen("paginationMode", "responseContainsNextURL"),
        Property.fixedCollection(
                "parameters",
                "Parameters",
                Property.group(
                    "parameters",
                    "Parameter",
                    Property.options(
                        "type",
                        "Type",
                        "qs",
                        Property.option("Body", "body"),
                        Property.option("Header", "headers"),
                        Property.option("Query", "qs")),
                    Property.string("name", "Name", ""),
                    Property.string("value", "Value", "")))
            .withDefault(
                Map.of("parameters", List.of(Map.of("type", "qs", "name", "", "value", ""))))
            .withTypeOption("multipleValues", true)
            .showWhen("paginationMode", "updateAParameterInEachRequest"),
        Property.options(
                "paginationCompleteWhen",
                "Pagination Complete When",
                "responseIsEmpty",
                Property.option("Response Is Empty", "responseIsEmpty"),
                Property.option("Receive Specific Status Code(s)", "receiveSpecificStatusCodes"),
                Property.option("Other", "other"))
            .hideWhen("paginationMode", "off"),
        Property.string("statusCodesWhenComplete", "Status Code(s) when Complete", "")
            .showWhen("paginationCompleteWhen", "receiveSpecificStatusCodes"),
        Property.string("completeExpression", "Complete Expression", "")
            .showWhen("paginationCompleteWhen", "other"),
        Property.bool("limitPagesFetched", "Limit Pages Fetched", false)
            .withExtra("noExpression", true)
            .hideWhen("paginationMode", "off"),
        Property.number("maxRequests", "Max Pages", 100).showWhen("limitPagesFetched", true),
        Property.number("requestInterval", "Interval Between Requests (ms)", 0)
            .withTypeOption("minValue", 0)
            .hideWhen("paginationMode", "off"));
  }

  private static List<Property> optimizing() {
    return List.of(
        Property.bool("optimizeResponse", "Optimize Response", false)
            .withExtra("noExpression", true)
            .showWhen("@tool", true),
        optimized(
            Property.options(
                "responseType",
                "Expected Response Type",
                "json",
                Property.option("JSON", "json"),
                Property.option("HTML", "html"),
                Property.option("Text", "text"))),
        optimized(Property.string("dataField", "Field Containing Data", ""), "json"),
        optimized(
            Property.options(
                "fieldsToInclude",
                "Include Fields",
                "all",
                Property.option("All", "all"),
                Property.option("Selected", "selected"),
                Property.option("Except", "except")),
            "json"),
        optimized(Property.string("fields", "Fields", ""), "json")
            .hideWhen("fieldsToInclude", "all"),
        optimized(Property.string("cssSelector", "Selector (CSS)", "body"), "html"),
        optimized(Property.bool("onlyContent", "Return Only Content", false), "html"),
        optimized(Property.string("elementsToOmit", "Elements To Omit", ""), "html")
            .showWhen("onlyContent", true),
        optimized(Property.bool("truncateResponse", "Truncate Response", false), "text", "html"),
        optimized(
                Property.number("maxLength", "Max Response Characters", 1000)
                    .withTypeOption("minValue", 1),
                "text",
                "html")
            .showWhen("truncateResponse", true));
  }

  private static Property optimized(Property property, Object... responseTypes) {
    Property shown = property.showWhen("optimizeResponse", true).showWhen("@tool", true);
    return responseTypes.length == 0 ? shown : shown.showWhen("responseType", responseTypes);
  }
}
