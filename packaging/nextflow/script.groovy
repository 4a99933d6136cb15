// What the script block of a Nextflow process gives to bash, by Groovy alone:
//   groovy packaging/nextflow/script.groovy main.nf script|stub SETTINGS.json
// SETTINGS has `ext`, `heatmaps` and the other inputs. Nextflow itself stages the files and runs the text; so this shows
// that the block is Groovy and what it says, and not that Nextflow takes the process.
import groovy.json.JsonSlurper

def source = new File(args[0]).text
def start = source.indexOf("    ${args[1]}:\n") + "    ${args[1]}:\n".length()
def end = args[1] == "script" ? source.indexOf("    stub:\n") : source.lastIndexOf("}")
def settings = new JsonSlurper().parse(new File(args[2]))
def binding = new Binding(settings.inputs + [
    meta: [id: settings.id],
    task: [ext: settings.ext, cpus: 2, process: "LANDMARK_SOFTARGMAX"],
])
// Nextflow takes the indentation away.
print new GroovyShell(binding).evaluate(source.substring(start, end)).toString().stripIndent()
