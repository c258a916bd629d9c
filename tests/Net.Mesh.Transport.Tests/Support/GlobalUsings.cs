global using System.Net;
global using System.Net.Sockets;
global using CsCheck;
global using Microsoft.Extensions.Logging.Abstractions;
global using Net.Mesh.TestSupport;
global using Net.Mesh.Transport.Tests.Support;
