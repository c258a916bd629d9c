namespace Net.Mesh.Cli.Terminal;

/// <summary>How the program ends; --help and the README list them.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Refused = 4;
    public const int Interrupted = 130;

    public const string Help = """
        Exit status:
          0    done; also a node that was told to stop
          1    failed while it ran: a stream broke, a file could not be written, an address is taken, no node was
               found, a token is not valid, a service answered with a failure, a log is not there, is open in another
               process, or has lost events
          2    wrong usage, or a key file that is missing, open to others or no key
          3    the peer could not be reached, nobody subscribed, or nobody serves or answers in time
          4    the peer answered and was refused, or refused, the subscription or the call too
          130  interrupted by Ctrl+C or SIGTERM before the work was done
        """;
}
