namespace Net.Mesh.Cortex.Logs;

/// <summary>Told, under the log's lock, that a log has more or is closed. It only notes that and hands the work to somebody else.</summary>
internal interface ILogListener
{
    void OnAppended();
}
