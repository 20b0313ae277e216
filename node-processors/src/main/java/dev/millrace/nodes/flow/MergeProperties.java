package dev.millrace.nodes.flow;

import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The parameters of the Merge node: three generations that share names but not meanings. */
final class MergeProperties {
  private static final Object[] V2 = {2, 2.1};
  private static final Object[] V3 = {3, 3.1, 3.2};

  private MergeProperties() {}

  static List<Property> all() {
    List<Property> all = new ArrayList<>();
    version1().forEach(property -> all.add(property.showWhen("@version", 1)));
    version2().forEach(property -> all.add(property.showWhen("@version", V2)));
    version3().forEach(property -> all.add(property.showWhen("@version", V3)));
    return all;
  }

  private static List<Property> version1() {
    return List.of(
        Property.options(
            "mode",
            "Mode",
            "append",
            Property.option("Append", "append"),
            Property.option("Keep Key Matches", "keepKeyMatches"),
            Property.option("Merge By Index", "mergeByIndex"),
            Property.option("Merge By Key", "mergeByKey"),
            Property.option("Multiplex", "multiplex"),
            Property.option("Pass-Through", "passThrough"),
            Property.option("Remove Key Matches", "removeKeyMatches"),
            Property.option("Wait", "wait")),
        Property.options(
                "join",
                "Join",
                "left",
                Property.option("Inner Join", "inner"),
                Property.option("Left Join", "left"),
                Property.option("Outer Join", "outer"))
            .showWhen("mode", "mergeByIndex"),
        Property.string("propertyName1", "Property Input 1", "")
            .asRequired()
            .showWhen("mode", "keepKeyMatches", "mergeByKey", "removeKeyMatches"),
        Property.string("propertyName2", "Property Input 2", "")
            .asRequired()
            .showWhen("mode", "keepKeyMatches", "mergeByKey", "removeKeyMatches"),
        Property.options(
                "output",
                "Output Data",
                "input1",
                Property.option("Input 1", "input1"),
                Property.option("Input 2", "input2"))
            .showWhen("mode", "passThrough"),
        Property.options(
                "overwrite",
                "Overwrite",
                "always",
                Property.option("Always", "always"),
                Property.option("If Blank", "blank"),
                Property.option("If Missing", "undefined"))
            .showWhen("mode", "mergeByKey"));
  }

  private static List<Property> version2() {
    return List.of(
        Property.options(
            "mode",
            "Mode",
            "append",
            Property.option("Append", "append"),
            Property.option("Combine", "combine"),
            Property.option("Choose Branch", "chooseBranch")),
        Property.options(
                "combinationMode",
                "Combination Mode",
                "mergeByFields",
                Property.option("Merge By Fields", "mergeByFields"),
                Property.option("Merge By Position", "mergeByPosition"),
                Property.option("Multiplex", "multiplex"))
            .showWhen("mode", "combine"),
        pairs().showWhen("mode", "combine").showWhen("combinationMode", "mergeByFields"),
        joinMode().showWhen("mode", "combine").showWhen("combinationMode", "mergeByFields"),
        outputDataFrom("Both Inputs Merged Together")
            .showWhen("joinMode", "keepMatches")
            .showWhen("mode", "combine")
            .showWhen("combinationMode", "mergeByFields"),
        outputDataFrom("Both Inputs Appended Together")
            .showWhen("joinMode", "keepNonMatches")
            .showWhen("mode", "combine")
            .showWhen("combinationMode", "mergeByFields"),
        Property.options(
                "chooseBranchMode",
                "Output Type",
                "waitForBoth",
                Property.option("Wait for Both Inputs to Arrive", "waitForBoth"))
            .showWhen("mode", "chooseBranch"),
        Property.options(
                "output",
                "Output",
                "input1",
                Property.option("Input 1 Data", "input1"),
                Property.option("Input 2 Data", "input2"),
                Property.option("A Single, Empty Item", "empty"))
            .showWhen("mode", "chooseBranch")
            .showWhen("chooseBranchMode", "waitForBoth"),
        Property.collection(
                "options",
                "Options",
                clashHandling(defaultClash()),
                Property.bool("disableDotNotation", "Disable Dot Notation", false)
                    .showWhen("/combinationMode", "mergeByFields"),
                Property.bool("fuzzyCompare", "Fuzzy Compare", false)
                    .showWhen("/combinationMode", "mergeByFields"),
                Property.bool("includeUnpaired", "Include Any Unpaired Items", false)
                    .showWhen("/combinationMode", "mergeByPosition"),
                multipleMatches().showWhen("/combinationMode", "mergeByFields"))
            .showWhen("mode", "combine"));
  }

  private static List<Property> version3() {
    return List.of(
        Property.options(
                "mode",
                "Mode",
                "append",
                Property.option("Append", "append"),
                Property.option("Combine", "combine"),
                Property.option("SQL Query", "combineBySql"),
                Property.option("Choose Branch", "chooseBranch"))
            .withExtra("noExpression", true),
        Property.options(
                "combineBy",
                "Combine By",
                "combineByFields",
                Property.option("Matching Fields", "combineByFields"),
                Property.option("Position", "combineByPosition"),
                Property.option("All Possible Combinations", "combineAll"))
            .showWhen("mode", "combine")
            .withExtra("noExpression", true),
        numberInputs().showWhen("mode", "append"),
        Property.collection(
                "options",
                "Options",
                clashHandling(defaultClash()),
                Property.bool("fuzzyCompare", "Fuzzy Compare", false))
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineAll"),
        Property.bool("advanced", "Fields To Match Have Different Names", false)
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        Property.string("fieldsToMatchString", "Fields to Match", "")
            .showWhen("advanced", false)
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        pairs()
            .showWhen("advanced", true)
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        joinMode().showWhen("mode", "combine").showWhen("combineBy", "combineByFields"),
        outputDataFrom("Both Inputs Merged Together")
            .showWhen("joinMode", "keepMatches")
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        outputDataFrom("Both Inputs Appended Together")
            .showWhen("joinMode", "keepNonMatches")
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        Property.collection(
                "options",
                "Options",
                clashHandling(defaultClash())
                    .hideWhen("/joinMode", "keepMatches", "keepNonMatches"),
                clashHandling(defaultClash())
                    .showWhen("/joinMode", "keepMatches")
                    .showWhen("/outputDataFrom", "both"),
                Property.bool("disableDotNotation", "Disable Dot Notation", false),
                Property.bool("fuzzyCompare", "Fuzzy Compare", false),
                multipleMatches()
                    .showWhen("/joinMode", "keepMatches")
                    .showWhen("/outputDataFrom", "both"),
                multipleMatches()
                    .showWhen("/joinMode", "enrichInput1", "enrichInput2", "keepEverything"))
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByFields"),
        numberInputs().showWhen("mode", "combineBySql"),
        Property.string(
                "query",
                "Query",
                "SELECT * FROM input1 LEFT JOIN input2 ON input1.name = input2.id")
            .asRequired()
            .showWhen("mode", "combineBySql")
            .withTypeOption("rows", 5)
            .withTypeOption("editor", "sqlEditor")
            .withExtra("noExpression", true),
        Property.collection(
                "options",
                "Options",
                Property.options(
                        "emptyQueryResult",
                        "Empty Query Result",
                        "empty",
                        Property.option("Success", "success"),
                        Property.option("Empty Result", "empty"))
                    .hideWhen("@version", 3, 3.1),
                Property.string("queryParameters", "Query Parameters", ""))
            .showWhen("mode", "combineBySql"),
        numberInputs().showWhen("mode", "combine").showWhen("combineBy", "combineByPosition"),
        Property.collection(
                "options",
                "Options",
                clashHandling(Map.of("resolveClash", "addSuffix")),
                Property.bool("includeUnpaired", "Include Any Unpaired Items", false))
            .showWhen("mode", "combine")
            .showWhen("combineBy", "combineByPosition"),
        numberInputs().showWhen("mode", "chooseBranch"),
        Property.options(
                "chooseBranchMode",
                "Output Type",
                "waitForAll",
                Property.option("Wait for All Inputs to Arrive", "waitForAll"))
            .showWhen("mode", "chooseBranch"),
        Property.options(
                "output",
                "Output",
                "specifiedInput",
                Property.option("Data of Specified Input", "specifiedInput"),
                Property.option("A Single, Empty Item", "empty"))
            .showWhen("chooseBranchMode", "waitForAll")
            .showWhen("mode", "chooseBranch"),
        Property.of("options", "useDataOfInput", "Use Data of Input", 1)
            .showWhen("output", "specifiedInput")
            .showWhen("mode", "chooseBranch")
            .withTypeOption("minValue", 1)
            .withTypeOption("loadOptionsMethod", "getInputs")
            .withTypeOption("loadOptionsDependsOn", List.of("numberInputs"))
            .withExtra("validateType", "number"));
  }

  private static Property numberInputs() {
    Property.Option[] numbers = new Property.Option[9];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Property.option(Integer.toString(i + 2), i + 2);
    }
    return Property.options("numberInputs", "Number of Inputs", 2.0, numbers)
        .withExtra("noExpression", true)
        .withExtra("validateType", "number");
  }

  private static Property pairs() {
    return Property.fixedCollection(
            "mergeByFields",
            "Fields to Match",
            Property.group(
                "values",
                "Values",
                Property.string("field1", "Input 1 Field", ""),
                Property.string("field2", "Input 2 Field", "")))
        .withDefault(Map.of("values", List.of(Map.of("field1", "", "field2", ""))))
        .withTypeOption("multipleValues", true);
  }

  private static Property joinMode() {
    return Property.options(
        "joinMode",
        "Output Type",
        "keepMatches",
        Property.option("Keep Matches", "keepMatches"),
        Property.option("Keep Non-Matches", "keepNonMatches"),
        Property.option("Keep Everything", "keepEverything"),
        Property.option("Enrich Input 1", "enrichInput1"),
        Property.option("Enrich Input 2", "enrichInput2"));
  }

  private static Property outputDataFrom(String both) {
    return Property.options(
        "outputDataFrom",
        "Output Data From",
        "both",
        Property.option(both, "both"),
        Property.option("Input 1", "input1"),
        Property.option("Input 2", "input2"));
  }

  private static Property multipleMatches() {
    return Property.options(
        "multipleMatches",
        "Multiple Matches",
        "all",
        Property.option("Include All Matches", "all"),
        Property.option("Include First Match Only", "first"));
  }

  private static Map<String, Object> defaultClash() {
    return Map.of("resolveClash", "preferLast", "mergeMode", "deepMerge", "overrideEmpty", false);
  }

  private static Property clashHandling(Map<String, Object> defaults) {
    Map<String, Object> noSuffix = Map.of("_cnd", Map.of("not", "addSuffix"));
    return Property.fixedCollection(
            "clashHandling",
            "Clash Handling",
            Property.group(
                "values",
                "Values",
                Property.of("options", "resolveClash", "When Field Values Clash", "")
                    .withTypeOption("loadOptionsMethod", "getResolveClashOptions")
                    .withTypeOption("loadOptionsDependsOn", List.of("numberInputs")),
                Property.options(
                        "mergeMode",
                        "Merging Nested Fields",
                        "deepMerge",
                        Property.option("Deep Merge", "deepMerge"),
                        Property.option("Shallow Merge", "shallowMerge"))
                    .showWhen("resolveClash", noSuffix),
                Property.bool("overrideEmpty", "Minimize Empty Fields", false)
                    .showWhen("resolveClash", noSuffix)))
        .withDefault(Map.of("values", defaults));
  }
}
